import { closeSync, openSync, read } from 'node:fs';

/** One end of a TCP connection. Addresses are IPv4, in dotted form. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Bytes of the table that are read, about 55,000 sockets: another user can make it any length. */
const TABLE_LIMIT = 8 * 1024 * 1024;
/** The kernel returns at most one page of rows for each read. */
const PAGE = 4096;

/**
 * Finds which connections to `local` a user opened, from `/proc/net/tcp` of our network namespace.
 * Not found are: sockets that no process has open any more (the kernel shows them as root's), rows beyond the first
 * 8 MiB of the table, and IPv6 sockets that speak IPv4. The table is read piece by piece, so the event loop is not
 * blocked. Never rejects: peers in rows that cannot be read are not found.
 * @param peers the other ends of open connections
 */
export async function peersOwnedBy<Peer extends Endpoint>(
  uid: number,
  local: Endpoint,
  peers: Iterable<Peer>,
): Promise<ReadonlySet<Peer>> {
  const wanted = new Map<string, Peer>();
  for (const peer of peers) wanted.set(`${inTable(peer)} ${inTable(local)}`, peer);
  const owned = new Set<Peer>();
  const readRow = (row: string): void => {
    const start = row.indexOf(': ') + 2;
    const ends = row.slice(start, start + ENDS_LENGTH);
    const peer = wanted.get(ends);
    if (!peer) return;
    wanted.delete(ends);
    const [, , , , , , owner, , inode] = row.slice(start).split(/ +/);
    if (Number(owner) === uid && Number(inode) > 0) owned.add(peer);
  };
  try {
    await readTable((rows) => {
      rows.forEach(readRow);
      return wanted.size > 0;
    });
  } catch {
    // The rows read before the error still count.
  }
  return owned;
}

/** Length of the two ends of a row: `0100007F:C350 0100007F:24B8`. */
const ENDS_LENGTH = 27;

/** The kernel prints an address as a number in host byte order; all supported platforms are little-endian. */
function inTable({ address, port }: Endpoint): string {
  const bytes = address.split('.').map((byte) => hex(Number(byte), 2));
  return `${bytes.reverse().join('')}:${hex(port, 4)}`;
}

function hex(number: number, digits: number): string {
  return number.toString(16).toUpperCase().padStart(digits, '0');
}

/**
 * @param take receives complete rows; it returns false to stop
 * @throws the system's error
 */
async function readTable(take: (rows: readonly string[]) => boolean): Promise<void> {
  const file = openSync('/proc/net/tcp', 'r');
  try {
    const buffer = Buffer.allocUnsafe(PAGE);
    let rest = '';
    for (let total = 0; total < TABLE_LIMIT;) {
      const length = await readInto(file, buffer);
      if (length === 0) return;
      total += length;
      const rows = (rest + buffer.toString('latin1', 0, length)).split('\n');
      rest = rows.pop() ?? '';
      if (!take(rows)) return;
    }
  } finally {
    closeSync(file);
  }
}

function readInto(file: number, buffer: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    read(file, buffer, 0, buffer.length, null, (error, length) => {
      if (error) reject(error);
      else resolve(length);
    });
  });
}

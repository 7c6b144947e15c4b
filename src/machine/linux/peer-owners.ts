import { closeSync, openSync, read } from 'node:fs';

/** One end of a TCP connection. Addresses are IPv4, in dotted form. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Limit for the bytes of the table that are read: about 55,000 sockets. Other users can make the table any length. */
const TABLE_LIMIT = 8 * 1024 * 1024;
/** The kernel returns at most one page of rows for each read. */
const PAGE = 4096;

/**
 * Finds which connections to `local` a user opened, from `/proc/net/tcp` of our network namespace. A connection is not
 * found if no process has its socket open any more (the kernel then shows the superuser as its user), if its row is
 * beyond the first 8 MiB of the table, or if its peer uses an IPv6 socket for IPv4. The table is read piece by piece,
 * so the event loop is not blocked. Never rejects: peers in rows that cannot be read are not found.
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

/** Length of the two endpoints in a row: `0100007F:C350 0100007F:24B8`. */
const ENDS_LENGTH = 27;

/**
 * Formats an endpoint as in the kernel's table, which prints an address as a number in host byte order. All supported
 * platforms are little-endian.
 */
export function inTable({ address, port }: Endpoint): string {
  const bytes = address.split('.').map((byte) => hex(Number(byte), 2));
  return `${bytes.reverse().join('')}:${hex(port, 4)}`;
}

function hex(number: number, digits: number): string {
  return number.toString(16).toUpperCase().padStart(digits, '0');
}

/**
 * Reads at most `TABLE_LIMIT` bytes of `/proc/net/tcp`.
 * @param take receives complete rows; returns false to stop reading
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

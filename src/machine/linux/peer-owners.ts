import { closeSync, openSync, read } from 'node:fs';

/** One end of a TCP connection. Addresses are IPv4, in dotted form. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Bytes that are read of the table at most, some 55,000 sockets: another user may fill it without end. */
const TABLE_LIMIT = 8 * 1024 * 1024;
/** The kernel returns one page of rows for each read, whatever is asked for. */
const PAGE = 4096;

/**
 * Finds which of the sockets at the other end of connections to `local` belong to a user, in `/proc/net/tcp` of our
 * network namespace. A socket that no process has open any more is not found, since the kernel shows it as root's; nor
 * is one that lies beyond the first 8 MiB of the table, or an IPv6 socket that talks IPv4. The table is read in pieces
 * between which other work of the event loop gets its turn. Never rejects: what cannot be read is not found.
 * @param peers the other ends, of open connections
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
    // What was found up to here is true all the same.
  }
  return owned;
}

/** Length of `0100007F:C350 0100007F:24B8`. */
const ENDS_LENGTH = 27;

/** As the kernel prints it: the address as a number in host byte order, which is little-endian wherever we act. */
function inTable({ address, port }: Endpoint): string {
  const bytes = address.split('.').map((byte) => hex(Number(byte), 2));
  return `${bytes.reverse().join('')}:${hex(port, 4)}`;
}

function hex(number: number, digits: number): string {
  return number.toString(16).toUpperCase().padStart(digits, '0');
}

/**
 * @param take gets whole rows, and says whether it wants more
 * @throws what `open(2)` and `read(2)` fail with
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

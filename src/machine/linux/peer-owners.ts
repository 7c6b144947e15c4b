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
 * found if no process has its socket open any more (the kernel then shows the superuser as its user), or if
 * `findRows` does not find it.
 * @param peers the other ends of open connections
 */
export async function peersOwnedBy<Peer extends Endpoint>(
  uid: number,
  local: Endpoint,
  peers: Iterable<Peer>,
): Promise<ReadonlySet<Peer>> {
  const rows = await findRows(Array.from(peers, (peer) => [peer, local] as const));
  return new Set([...rows].flatMap(([[peer], row]) => (row.uid === uid && row.inode > 0 ? [peer] : [])));
}

/** A row of the kernel's table: one end of a connection. */
export interface Row {
  /** As the kernel prints it: `01` is ESTABLISHED. */
  readonly state: string;
  /** Whether the send queue is empty: the other end has acknowledged everything. */
  readonly isSent: boolean;
  readonly uid: number;
  /** 0 if no process has the socket open. */
  readonly inode: number;
}

/**
 * Finds the rows of ends of connections in `/proc/net/tcp` of our network namespace. A row is not found if it is beyond
 * the first 8 MiB of the table, or of an IPv6 socket that is used for IPv4. The table is read piece by piece, so the
 * event loop is not blocked. Never rejects: rows that cannot be read are not found.
 * @param ends the local and the remote end of each row
 */
export async function findRows<Ends extends readonly [Endpoint, Endpoint]>(
  ends: readonly Ends[],
): Promise<ReadonlyMap<Ends, Row>> {
  const wanted = new Map<string, Ends>();
  for (const pair of ends) wanted.set(pair.map(inTable).join(' '), pair);
  const found = new Map<Ends, Row>();
  const readRow = (row: string): void => {
    const start = row.indexOf(': ') + 2;
    const key = row.slice(start, start + ENDS_LENGTH);
    const pair = wanted.get(key);
    if (!pair) return;
    wanted.delete(key);
    const [, , state = '', queues = '', , , uid, , inode] = row.slice(start).split(/ +/);
    const isSent = queues.startsWith('00000000:');
    found.set(pair, { state, isSent, uid: Number(uid), inode: Number(inode) });
  };
  try {
    await readTable((rows) => {
      rows.forEach(readRow);
      return wanted.size > 0;
    });
  } catch {
    // The rows read before the error still count.
  }
  return found;
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

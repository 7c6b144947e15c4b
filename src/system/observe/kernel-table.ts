import { closeSync, openSync, read as readFile, readFileSync } from 'node:fs';
import { type Reading, read, unread } from '../../model/evidence.js';
import { errorCode } from './system-error.js';

/** The text of `/proc/net/tcp`, and of `/proc/net/tcp6`. */
export type TcpTables = Promise<Reading<readonly string[]>>;

/**
 * Reads who listens from the kernel's TCP tables of our network namespace, and of the rest what stands beside them. It
 * takes the kernel milliseconds to walk a table, on threads of its own: what the caller does meanwhile costs no time.
 * Never rejects.
 */
export async function readTcpTables(): TcpTables {
  try {
    return read(
      await Promise.all([
        readTable('/proc/net/tcp', countSockets('/proc/net/sockstat', 'TCP')),
        readIpv6Table(countSockets('/proc/net/sockstat6', 'TCP6')),
      ]),
    );
  } catch (error) {
    return unread(`cannot read the kernel's TCP tables (${errorCode(error)})`);
  }
}

/** How many sockets of a table are in use, as the kernel counts them; null on a kernel that does not tell. */
function countSockets(path: string, protocol: string): number | null {
  try {
    const count = new RegExp(`^${protocol}: inuse (\\d+)`, 'm').exec(readFileSync(path, 'utf8'))?.[1];
    return count === undefined ? null : Number(count);
  } catch {
    return null;
  }
}

/** A kernel without IPv6 has no such table, and then no such sockets. */
async function readIpv6Table(inUse: number | null): Promise<string> {
  try {
    return await readTable('/proc/net/tcp6', inUse);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}

/** The least that the kernel prints at a time where there is more. */
const PAGE = 4096;
/** With its line end, as the heading; a row of IPv6 is longer, and no row is as long as the other. */
const SHORTEST_ROW = 150;
const LONGEST_ROW = 512;

/**
 * What a read does not ask for, the kernel does not look for; to find that there is no further row, it walks its whole
 * table. It lists those who listen first (Documentation/networking/proc_net_tcp). Where it tells how many sockets there
 * are, no more rows are asked for, and none after those who listen.
 * @param inUse null where every row is read
 * @throws what `open(2)` and `read(2)` fail with
 */
async function readTable(path: string, inUse: number | null): Promise<string> {
  if (inUse === 0) return '';
  const file = openSync(path, 'r');
  try {
    let text = '';
    let begunRow = '';
    let unlisted = inUse ?? Infinity;
    for (;;) {
      const length = Math.min(PAGE, (unlisted + (text === '' ? 1 : 0)) * SHORTEST_ROW);
      const piece = await readPiece(file, length);
      text += piece;
      // The kernel fills a page while it has rows: the read that finds nothing more is spared.
      if (piece.length < Math.min(length, PAGE - LONGEST_ROW)) return text;
      if (inUse === null) continue;

      const rows = (begunRow + piece).split('\n');
      begunRow = rows.pop() ?? '';
      const states = rows.map((row) => fieldsOf(row)[STATE] ?? '');
      unlisted -= states.filter((state) => state === LISTEN).length;
      if (unlisted <= 0 || !states.every((state) => AMONG_LISTENERS.includes(state))) return text;
    }
  } finally {
    closeSync(file);
  }
}

/** The fields of a row; of the heading, words. */
export function fieldsOf(row: string): readonly string[] {
  return row.trim().split(/\s+/);
}

export const LISTEN = '0A';
const STATE = 3;
/** Before Linux 4.4, a connection that is being opened (`03`) is listed with the socket that will accept it. */
const AMONG_LISTENERS = ['st', LISTEN, '03'];

/** Not by `node:fs/promises`, which brings streams and readline along. */
function readPiece(file: number, length: number): Promise<string> {
  return new Promise((resolve, reject) => {
    readFile(file, Buffer.allocUnsafe(length), 0, length, null, (error, got, bytes) => {
      if (error) reject(error);
      else resolve(bytes.toString('latin1', 0, got));
    });
  });
}

import { closeSync, openSync, read as readFile, readFileSync } from 'node:fs';
import { type Reading, read, unread } from '../../model/evidence.js';
import { errorCode } from './system-error.js';

/** The text of `/proc/net/tcp`, and of `/proc/net/tcp6`. */
export type TcpTables = Promise<Reading<readonly string[]>>;

/** Who listens, or connections too. */
type Rows = 'listeners' | 'all';

/**
 * Reads who listens from the kernel's TCP tables of our network namespace, and of the rest what stands beside them. It
 * takes the kernel milliseconds to walk a table, on threads of its own: what the caller does meanwhile costs no time.
 * Never rejects.
 */
export async function readTcpTables(rows: Rows = 'listeners'): TcpTables {
  try {
    return read(
      await Promise.all([
        readTable('/proc/net/tcp', hasNoSockets('/proc/net/sockstat', 'TCP'), rows),
        readIpv6Table(hasNoSockets('/proc/net/sockstat6', 'TCP6'), rows),
      ]),
    );
  } catch (error) {
    return unread(`cannot read the kernel's TCP tables (${errorCode(error)})`);
  }
}

/** Whether the kernel counts no socket of a table in use; false on a kernel that does not count. */
function hasNoSockets(path: string, protocol: string): boolean {
  try {
    return new RegExp(`^${protocol}: inuse 0\\b`, 'm').test(readFileSync(path, 'utf8'));
  } catch {
    return false;
  }
}

/** A kernel without IPv6 has no such table, and then no such sockets. */
async function readIpv6Table(isEmpty: boolean, rows: Rows): Promise<string> {
  try {
    return await readTable('/proc/net/tcp6', isEmpty, rows);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}

/** The least that the kernel prints at a time where there is more. */
const PAGE = 4096;
const LONGEST_ROW = 512;
const HEADING = '  sl ';

/**
 * To find that there is no further row, the kernel walks its whole table. It lists those who listen first
 * (Documentation/networking/proc_net_tcp), so nothing is read after them; how many there are is known only then, since
 * others come and go meanwhile.
 * @param isEmpty then it is not opened
 * @throws what `open(2)` and `read(2)` fail with
 */
async function readTable(path: string, isEmpty: boolean, rows: Rows): Promise<string> {
  if (isEmpty) return '';
  const file = openSync(path, 'r');
  try {
    let text = '';
    for (;;) {
      const piece = await readPiece(file);
      text += piece;
      if (!text.startsWith(HEADING)) throw new Error(`${path} has no heading`);
      // The kernel fills a page while it has rows: the read that finds nothing more is spared.
      if (piece.length < PAGE - LONGEST_ROW || (rows === 'listeners' && hasPassedListeners(text)))
        return text;
    }
  } finally {
    closeSync(file);
  }
}

/** Whether the last whole row is of a socket that does not listen. */
function hasPassedListeners(text: string): boolean {
  const lastRow = text.slice(0, text.lastIndexOf('\n')).split('\n').at(-1) ?? '';
  return !AMONG_LISTENERS.includes(fieldsOf(lastRow)[STATE] ?? '');
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
function readPiece(file: number): Promise<string> {
  return new Promise((resolve, reject) => {
    readFile(file, Buffer.allocUnsafe(PAGE), 0, PAGE, null, (error, got, bytes) => {
      if (error) reject(error);
      else resolve(bytes.toString('latin1', 0, got));
    });
  });
}

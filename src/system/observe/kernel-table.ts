import { closeSync, openSync, read as readFile, readFileSync } from 'node:fs';
import { type Reading, read, unread } from '../../model/evidence.js';
import { errorCode } from './system-error.js';

/** The text of `/proc/net/tcp`, and of `/proc/net/tcp6`. */
export type TcpTables = Promise<Reading<readonly string[]>>;

/** Which rows are kept: those of sockets that listen, or of connections too. */
type Rows = 'listeners' | 'all';

/**
 * Reads the kernel's TCP tables of our network namespace. It takes the kernel milliseconds to walk a table, on threads of
 * its own: what the caller does meanwhile costs no time. Never rejects. A table is read to its end, each byte is examined
 * a fixed number of times, and one that is longer than 16 MiB is unread: every user of the machine can add rows to it.
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
/** About 100,000 sockets; on a busy machine it takes half a second to read them. */
const LONGEST_TABLE = 16 * 1024 * 1024;
const HEADING = '  sl ';

/**
 * @param isEmpty then it is not opened
 * @returns the heading and the wanted rows, each with its line end; a row without one was cut off, and is none
 * @throws what `open(2)` and `read(2)` fail with, or what is wrong with the table
 */
async function readTable(path: string, isEmpty: boolean, rows: Rows): Promise<string> {
  if (isEmpty) return '';
  const isWanted = rows === 'all' ? () => true : mayListen;
  const file = openSync(path, 'r');
  try {
    const kept: string[] = [];
    let length = 0;
    let cutOff = '';
    for (;;) {
      const piece = await readPiece(file);
      length += piece.length;
      if (length > LONGEST_TABLE) throw new Error(`${path} is longer than ${LONGEST_TABLE} bytes`);
      const lines = (cutOff + piece).split('\n');
      cutOff = lines.pop() ?? '';
      if (cutOff.length > LONGEST_ROW) throw new Error(`${path} has a row of more than ${LONGEST_ROW} bytes`);
      if (kept.length === 0) kept.push(headingOf(lines, path));
      for (const line of lines) if (isWanted(line)) kept.push(line);
      // The kernel fills a page while it has rows. The read that finds nothing more would walk the whole table again.
      if (piece.length < PAGE - LONGEST_ROW) return `${kept.join('\n')}\n`;
    }
  } finally {
    closeSync(file);
  }
}

/** Takes the heading from the first lines of a table. */
function headingOf(lines: string[], path: string): string {
  const heading = lines.shift();
  if (!heading?.startsWith(HEADING)) throw new Error(`${path} has no heading`);
  return heading;
}

/** The fields of a row; of the heading, words. */
export function fieldsOf(row: string): readonly string[] {
  return row.split(' ').filter((field) => field !== '');
}

export const LISTEN = '0A';

/** False where no field can be the state of a socket that listens; most rows of a busy machine are told apart by it. */
function mayListen(row: string): boolean {
  return row.includes(` ${LISTEN} `);
}

/** Not by `node:fs/promises`, which brings streams and readline along. */
function readPiece(file: number): Promise<string> {
  return new Promise((resolve, reject) => {
    readFile(file, Buffer.allocUnsafe(PAGE), 0, PAGE, null, (error, got, bytes) => {
      if (error) reject(error);
      else resolve(bytes.toString('latin1', 0, got));
    });
  });
}

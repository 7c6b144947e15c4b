import { closeSync, openSync, read as readFile, readFileSync } from 'node:fs';
import type { KernelSocket } from '../../model/evidence.js';
import { ok, type Result, err } from '../../model/result.js';
import { errorCode } from '../../model/system-error.js';

/** The texts of `/proc/net/tcp` and `/proc/net/tcp6`, or why they cannot be read. */
export type TcpTables = Promise<Result<readonly string[]>>;

/** Which rows are kept: listening sockets only, or connections too. */
type Rows = 'listeners' | 'all';

/**
 * Reads the kernel's TCP tables of our network namespace. A read takes milliseconds and runs on libuv's threads, so the
 * caller can work meanwhile. Never rejects. The work is linear in the size of the table, and a table above 16 MiB is an
 * error: every user of the machine can add rows.
 */
export async function readTcpTables(rows: Rows = 'listeners'): TcpTables {
  try {
    return ok(
      await Promise.all([
        readTable('/proc/net/tcp', hasNoSockets('/proc/net/sockstat', 'TCP'), rows),
        readIpv6Table(hasNoSockets('/proc/net/sockstat6', 'TCP6'), rows),
      ]),
    );
  } catch (error) {
    return err(`cannot read the kernel's TCP tables (${errorCode(error)})`);
  }
}

/** Whether the kernel reports that no TCP socket is in use. False if the kernel does not show this count. */
function hasNoSockets(path: string, protocol: string): boolean {
  try {
    return new RegExp(`^${protocol}: inuse 0\\b`, 'm').test(readFileSync(path, 'utf8'));
  } catch {
    return false;
  }
}

/** Reads the IPv6 table. The result is empty if the kernel has no IPv6 and therefore no such table. */
async function readIpv6Table(isEmpty: boolean, rows: Rows): Promise<string> {
  try {
    return await readTable('/proc/net/tcp6', isEmpty, rows);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}

/** The size of one read. The kernel returns at least `PAGE - LONGEST_ROW` bytes, unless the table ends. */
const PAGE = 4096;
const LONGEST_ROW = 512;
/** Limit for a table, in bytes: about 100,000 sockets, which take half a second to read on a busy machine. */
const LONGEST_TABLE = 16 * 1024 * 1024;
const HEADING = '  sl ';

/**
 * Reads the wanted rows of one table.
 * @param isEmpty whether the table is known to be empty; if so, the table is not opened
 * @returns the heading and the wanted rows, each with its line end; a row without a line end is incomplete and left out
 * @throws the system's error, or an error that says what is wrong with the table
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
      // A shorter piece is the last one. Another read would make the kernel walk the whole table again.
      if (piece.length < PAGE - LONGEST_ROW) return `${kept.join('\n')}\n`;
    }
  } finally {
    closeSync(file);
  }
}

/** Removes the heading from the first lines of a table and returns the heading. */
function headingOf(lines: string[], path: string): string {
  const heading = lines.shift();
  if (!heading?.startsWith(HEADING)) throw new Error(`${path} has no heading`);
  return heading;
}

export function fieldsOf(row: string): readonly string[] {
  return row.split(' ').filter((field) => field !== '');
}

export const LISTEN = '0A';

/**
 * Whether a row may have the state LISTEN. This cheap test drops most rows of a busy machine before they are parsed.
 */
function mayListen(row: string): boolean {
  return row.includes(` ${LISTEN} `);
}

/** Reads the next piece of a file. Does not use `node:fs/promises`, which would load streams and readline. */
function readPiece(file: number): Promise<string> {
  return new Promise((resolve, reject) => {
    readFile(file, Buffer.allocUnsafe(PAGE), 0, PAGE, null, (error, got, bytes) => {
      if (error) reject(error);
      else resolve(bytes.toString('latin1', 0, got));
    });
  });
}

/**
 * Lists the listening TCP sockets of our network namespace whose port passes `wanted`, from the kernel's tables.
 * A table that cannot be read is an error, never an empty list (pitfall 29).
 * @param tables the text of the tables, if the caller reads them already
 */
export async function listListeningSockets(
  wanted: (port: number) => boolean,
  tables: TcpTables = readTcpTables(),
): Promise<Result<readonly KernelSocket[]>> {
  const texts = await tables;
  return texts.ok ? ok(texts.value.flatMap((text) => parseTable(text, wanted))) : texts;
}

/**
 * Parses the text of `/proc/net/tcp` or `tcp6` (proc(5)): a heading, then one socket a line. A socket can appear twice,
 * because the kernel prints page by page while sockets move: it is returned once. A last row without a line end is
 * ignored, because its inode may be cut off.
 */
export function parseTable(table: string, wanted: (port: number) => boolean): KernelSocket[] {
  const sockets = new Map<string, KernelSocket>();
  for (const line of table.split('\n').slice(1, -1)) {
    const port = localPortOf(line);
    if (!wanted(port)) continue;
    const [, local = '', , state, , , , uid, , inode] = fieldsOf(line);
    if (state !== LISTEN || uid === undefined || inode === undefined) continue;
    sockets.set(inode, { ...endpointOf(local), uid: Number(uid), id: inode });
  }
  return [...sockets.values()];
}

/** Parses one endpoint of a row, as the kernel prints it: `0100007F:24B9` is 127.0.0.1, port 9401. */
export function endpointOf(text: string): { readonly address: string; readonly port: number } {
  return { address: parseAddress(text.slice(0, text.indexOf(':'))), port: portOf(text) };
}

function portOf(endpoint: string): number {
  return Number.parseInt(endpoint.slice(endpoint.indexOf(':') + 1), 16);
}

/**
 * Returns the local port of a row such as `0: 0100007F:24B9 …`. The rest of the row is not parsed, because most rows
 * are of other ports.
 */
function localPortOf(row: string): number {
  const addressAt = row.indexOf(':') + 1;
  const portAt = row.indexOf(':', addressAt) + 1;
  return Number.parseInt(row.slice(portAt, portAt + 4), 16);
}

/**
 * Parses an address, which the kernel prints as 32-bit words in host byte order. All supported platforms are
 * little-endian.
 */
function parseAddress(hex: string): string {
  if (hex.length === 8) return ipv4Of(hex);
  if (hex.startsWith(MAPPED_IPV4)) return `::ffff:${ipv4Of(hex.slice(MAPPED_IPV4.length))}`;
  return compressIpv6([0, 8, 16, 24].flatMap((at) => bytesOf(hex.slice(at, at + 8))));
}

/** `::ffff:0:0/96`, as the kernel prints it. */
const MAPPED_IPV4 = '0000000000000000FFFF0000';

function ipv4Of(word: string): string {
  return bytesOf(word).join('.');
}

function bytesOf(word: string): readonly number[] {
  const value = Number.parseInt(word, 16);
  return [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24];
}

function compressIpv6(bytes: readonly number[]): string {
  const groups: string[] = [];
  for (let at = 0; at < bytes.length; at += 2) {
    groups.push((((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)).toString(16));
  }
  // The URL parser writes the canonical form of RFC 5952.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

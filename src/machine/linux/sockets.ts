import { closeSync, openSync, read as readFile, readFileSync } from 'node:fs';
import type { Connection, KernelSocket } from '../../model/evidence.js';
import { ok, type Result, err } from '../../model/result.js';
import { socketsOf } from './socket-owners.js';
import { errorCode } from '../../model/system-error.js';

/** The text of `/proc/net/tcp`, and of `/proc/net/tcp6`. */
export type TcpTables = Promise<Result<readonly string[]>>;

/** Which rows are kept: those of sockets that listen, or of connections too. */
type Rows = 'listeners' | 'all';

/**
 * Reads the kernel's TCP tables of our network namespace. It takes the kernel milliseconds to walk a table, on threads of
 * its own: what the caller does meanwhile costs no time. Never rejects. A table is read to its end, each byte is examined
 * a fixed number of times, and one that is longer than 16 MiB is unread: every user of the machine can add rows to it.
 */
async function readTcpTables(rows: Rows = 'listeners'): TcpTables {
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
function fieldsOf(row: string): readonly string[] {
  return row.split(' ').filter((field) => field !== '');
}

const LISTEN = '0A';

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

/**
 * Lists the listening TCP sockets of our network namespace whose port passes `wanted`, from the kernel's tables.
 * `unread` when a table could not be read: that is never the same as "nothing listens" (pitfall 29).
 * @param tables where they are being read already
 */
export async function listListeningSockets(
  wanted: (port: number) => boolean,
  tables: TcpTables = readTcpTables(),
): Promise<Result<readonly KernelSocket[]>> {
  const texts = await tables;
  return texts.ok ? ok(texts.value.flatMap((text) => parseTable(text, wanted))) : texts;
}

/**
 * Parses the text of `/proc/net/tcp` or `tcp6` (proc(5)): header line, then one socket a line. The kernel prints it in
 * several pages, and a socket that moves meanwhile may stand in two: it counts once. A row without its line end was cut
 * off, and what is left of a number is another number.
 */
export function parseTable(table: string, wanted: (port: number) => boolean): KernelSocket[] {
  const sockets = new Map<number, KernelSocket>();
  for (const line of table.split('\n').slice(1, -1)) {
    const port = localPortOf(line);
    if (!wanted(port)) continue;
    const [, local = '', , state, , , , uid, , inode] = fieldsOf(line);
    if (state !== LISTEN || uid === undefined || inode === undefined) continue;
    sockets.set(Number(inode), { ...endpointOf(local), uid: Number(uid), inode: Number(inode) });
  }
  return [...sockets.values()];
}

/** One end of a row, as the kernel prints it: `0100007F:24B9` is 127.0.0.1, port 9401. */
function endpointOf(text: string): { readonly address: string; readonly port: number } {
  return { address: parseAddress(text.slice(0, text.indexOf(':'))), port: portOf(text) };
}

function portOf(endpoint: string): number {
  return Number.parseInt(endpoint.slice(endpoint.indexOf(':') + 1), 16);
}

/** The port of `0: 0100007F:24B9 …`, without taking the rest of the row apart: most rows are of other ports. */
function localPortOf(row: string): number {
  const addressAt = row.indexOf(':') + 1;
  const portAt = row.indexOf(':', addressAt) + 1;
  return Number.parseInt(row.slice(portAt, portAt + 4), 16);
}

/** The kernel prints an address as 32-bit words in host byte order; every platform we act on is little-endian. */
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
  // The URL parser knows the canonical form (RFC 5952), longest run of zeros included.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/**
 * The connections of a process that can still carry data: to one listening socket of it, and its own ones. Those that this
 * process itself has to it, to ask for its health, are left out.
 */
export async function readConnections(
  pid: number,
  listener: KernelSocket,
): Promise<Result<readonly Connection[]>> {
  const opened = socketsOf(pid);
  const ours = socketsOf(process.pid);
  if (opened === 'unreadable' || ours === 'unreadable') return err('its descriptors cannot be read');
  const tables = await readTcpTables('all');
  if (!tables.ok) return tables;
  const lines = tables.value.flatMap((table) => table.split('\n').slice(1, -1));
  const rows = lines.filter(mayBeOf(listener, opened.inodes)).flatMap(connectionRow);
  const connections = rows.flatMap((row) => {
    const direction = directionOf(row, listener, opened.inodes);
    return direction === null ? [] : [{ row, direction }];
  });
  // The other ends have the ports the other way round: of thousands of rows, few are looked into.
  const wanted = new Set(connections.map(({ row }) => hexPort(row.remotePort)));
  const otherEnds = new Map(
    lines
      .filter((line) => wanted.has(portsOf(line).local))
      .flatMap(connectionRow)
      .map((row) => [`${row.local} ${row.remote}`, row]),
  );
  return ok(
    connections.flatMap(({ row, direction }): Connection[] => {
      const other = otherEnds.get(`${row.remote} ${row.local}`);
      if (direction === 'inbound' && (isLeftOver(row, other) || ours.inodes.has(other?.inode ?? 0)))
        return [];
      // Once its program has closed it, the kernel shows a socket as root's, with no inode.
      const peerUid = other && other.inode !== 0 ? other.uid : null;
      return [{ direction, peer: row.remote, peerUid }];
    }),
  );
}

/** What can be told of a row without taking it apart: another user may fill the table. */
function mayBeOf({ port }: KernelSocket, opened: ReadonlySet<number>): (line: string) => boolean {
  const local = hexPort(port);
  return (line) => portsOf(line).local === local || opened.has(inodeOf(line));
}

/** `  13: 0100007F:24BA 0100007F:D888 08 ...`: both addresses of a table are of one length. */
function portsOf(line: string): { readonly local: string; readonly remote: string } {
  const localAt = line.indexOf(':', line.indexOf(': ') + 2) + 1;
  const remoteAt = line.indexOf(':', localAt) + 1;
  return { local: line.slice(localAt, localAt + 4), remote: line.slice(remoteAt, remoteAt + 4) };
}

/** The tenth field, after three in one block and six that blanks keep apart. */
function inodeOf(line: string): number {
  return Number(fieldsOf(line)[9]);
}

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}

/** A row of the kernel's table that is neither a listening socket nor the memory of a connection that is over. */
interface ConnectionRow {
  /** `address:port`; IPv4 as such also where it is spoken on an IPv6 socket, so that both ends have equal text. */
  readonly local: string;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remote: string;
  readonly remotePort: number;
  readonly state: string;
  /** Whether all that was written to it has arrived. */
  readonly isSent: boolean;
  readonly uid: number;
  readonly inode: number;
}

const TIME_WAIT = '06';
const CLOSE_WAIT = '08';

/** None for a row that was cut off. */
function connectionRow(line: string): ConnectionRow[] {
  const [, localHex = '', remoteHex = '', state = '', queues = '', , , uid, , inode] = fieldsOf(line);
  if (state === LISTEN || state === TIME_WAIT || inode === undefined) return [];
  const local = endpointOf(localHex);
  const remote = endpointOf(remoteHex);
  return [
    {
      local: textOf(local),
      localAddress: plain(local.address),
      localPort: local.port,
      remote: textOf(remote),
      remotePort: remote.port,
      state,
      isSent: queues.startsWith('00000000:'),
      uid: Number(uid),
      inode: Number(inode),
    },
  ];
}

/**
 * What a client of this machine left behind, one with a deadline for example: all that it sent has arrived, and its
 * program has closed it. Nobody can keep a daemon busy by it any more, while a stuck one keeps it for ever.
 */
function isLeftOver({ state, isSent, remote }: ConnectionRow, other: ConnectionRow | undefined): boolean {
  const isFromHere = remote.startsWith('127.') || remote.startsWith('[::1]:');
  return isFromHere && state === CLOSE_WAIT && isSent && (other?.inode ?? 0) === 0;
}

function directionOf(
  { localAddress, localPort, inode }: ConnectionRow,
  listener: KernelSocket,
  opened: ReadonlySet<number>,
): Connection['direction'] | null {
  const bound = plain(listener.address);
  const isToListener = localPort === listener.port && (WILDCARDS.includes(bound) || bound === localAddress);
  if (isToListener) return 'inbound';
  return opened.has(inode) ? 'outbound' : null;
}

const WILDCARDS = ['0.0.0.0', '::'];

function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/, '');
}

function textOf({ address, port }: { readonly address: string; readonly port: number }): string {
  const text = plain(address);
  return text.includes(':') ? `[${text}]:${port}` : `${text}:${port}`;
}

import { type KernelSocket, type Reading, read } from '../../model/evidence.js';
import { fieldsOf, LISTEN, readTcpTables, type TcpTables } from './kernel-table.js';

/**
 * Lists the listening TCP sockets of our network namespace whose port passes `wanted`, from the kernel's tables.
 * `unread` when a table could not be read: that is never the same as "nothing listens" (pitfall 29).
 * @param tables where they are being read already
 */
export async function listListeningSockets(
  wanted: (port: number) => boolean,
  tables: TcpTables = readTcpTables(),
): Promise<Reading<readonly KernelSocket[]>> {
  const texts = await tables;
  return texts.ok ? read(texts.value.flatMap((text) => parseTable(text, wanted))) : texts;
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
export function endpointOf(text: string): { readonly address: string; readonly port: number } {
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

import type { Connection, KernelSocket } from '../../model/evidence.js';
import { err, ok, type Result } from '../../model/result.js';
import { unmapIpv4 } from '../collector.js';
import { mayBeQueued, SYN_SENT } from './other-end.js';
import { openSocketsOf } from './socket-owners.js';
import { endpointOf, fieldsOf, LISTEN, readTcpTables } from './sockets.js';

/**
 * Reads the connections of a process that can still carry data: inbound connections to `listener`, which is one of its
 * sockets, and outbound connections. Our own connections to the process, made by health probes, are left out.
 * @returns an error if a probe of ours is not with the process: its silence then says nothing about the process
 */
export async function readConnections(
  pid: number,
  listener: KernelSocket,
): Promise<Result<readonly Connection[]>> {
  const opened = openSocketsOf(pid);
  const ours = openSocketsOf(process.pid);
  if (opened === 'unreadable' || ours === 'unreadable') return err('its descriptors cannot be read');
  const tables = await readTcpTables('all');
  if (!tables.ok) return tables;
  const lines = tables.value.flatMap((table) => table.split('\n').slice(1, -1));
  const rows = lines.filter(mayBeOf(listener, opened)).flatMap(connectionRow);
  const received = new Map(rows.map((row) => [`${row.remote} ${row.local}`, row]));
  const probes = lines.filter(isTo(listener)).flatMap(connectionRow);
  for (const { local, remote, state, inode } of probes) {
    if (!ours.has(inode)) continue;
    const row = received.get(`${local} ${remote}`);
    // The kernel drops the first packet of a connection if the listener's queue is full.
    const isWithDaemon = row ? isOfDaemon(row, opened) : state === SYN_SENT && hasQueue(listener, lines);
    if (!isWithDaemon) return err('a health probe was lost, or a socket of another process received it');
  }
  const connections = rows.flatMap((row) => {
    const direction = directionOf(row, listener, opened);
    return direction === null ? [] : [{ row, direction }];
  });
  // The row of a connection's other end has the two ports swapped. The rows are filtered by port first, so that only a
  // few of many are parsed.
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
      // What we opened counts if a socket of another process received it in the daemon's place.
      const isProbe = ours.has(other?.inode ?? NO_INODE) && isOfDaemon(row, opened);
      if (direction === 'inbound' && (isLeftOver(row, other) || isProbe)) return [];
      // The kernel shows uid 0 and inode 0 for a socket that its program has closed.
      const peerUid = other && other.inode !== NO_INODE ? other.uid : null;
      return [{ direction, peer: row.remote, peerUid }];
    }),
  );
}

/**
 * Makes a test for whether a row may be a connection of the process. This cheap test comes before a row is parsed,
 * because another user may fill the table.
 */
function mayBeOf({ port }: KernelSocket, opened: ReadonlySet<string>): (line: string) => boolean {
  const local = hexPort(port);
  return (line) => portsOf(line).local === local || opened.has(inodeOf(line));
}

/** Makes a test for whether the other end of a row may be the listener. */
function isTo({ port }: KernelSocket): (line: string) => boolean {
  const remote = hexPort(port);
  return (line) => portsOf(line).remote === remote;
}

/** Whether connections to the listener wait to be accepted. Their number is the receive queue of its row. */
function hasQueue({ id, port }: KernelSocket, lines: readonly string[]): boolean {
  const local = hexPort(port);
  const row = lines.find((line) => portsOf(line).local === local && inodeOf(line) === id);
  return row !== undefined && !fieldsOf(row)[4]?.endsWith(':00000000');
}

/** Returns the two ports, in hexadecimal, of a row such as `  13: 0100007F:24BA 0100007F:D888 08 ...`. */
function portsOf(line: string): { readonly local: string; readonly remote: string } {
  const localAt = line.indexOf(':', line.indexOf(': ') + 2) + 1;
  const remoteAt = line.indexOf(':', localAt) + 1;
  return { local: line.slice(localAt, localAt + 4), remote: line.slice(remoteAt, remoteAt + 4) };
}

function inodeOf(line: string): string {
  return fieldsOf(line)[9] ?? NO_INODE;
}

function hexPort(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}

/** A row of the kernel's table that is neither in LISTEN nor in TIME_WAIT. */
interface ConnectionRow {
  /** `address:port`. IPv4-mapped IPv6 is written as IPv4, so that both ends of a connection have equal text. */
  readonly local: string;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remote: string;
  readonly remotePort: number;
  readonly state: string;
  /** Whether the send queue is empty: the other end has acknowledged everything. */
  readonly isSent: boolean;
  readonly uid: number;
  readonly inode: string;
}

/** What the kernel shows as the inode of a socket that its program has closed. */
const NO_INODE = '0';
const TIME_WAIT = '06';
const CLOSE_WAIT = '08';

/** @returns the parsed row in an array; an empty array for other states and incomplete rows */
function connectionRow(line: string): ConnectionRow[] {
  const [, localHex = '', remoteHex = '', state = '', queues = '', , , uid, , inode] = fieldsOf(line);
  if (state === LISTEN || state === TIME_WAIT || inode === undefined) return [];
  const local = endpointOf(localHex);
  const remote = endpointOf(remoteHex);
  return [
    {
      local: textOf(local),
      localAddress: unmapIpv4(local.address),
      localPort: local.port,
      remote: textOf(remote),
      remotePort: remote.port,
      state,
      isSent: queues.startsWith('00000000:'),
      uid: Number(uid),
      inode,
    },
  ];
}

/**
 * Whether a local client has closed this connection and has received everything. Such a connection is no sign of work:
 * the client can send nothing more, and a stuck daemon keeps the connection for ever.
 */
function isLeftOver({ state, isSent, remote }: ConnectionRow, other: ConnectionRow | undefined): boolean {
  const isFromHere = remote.startsWith('127.') || remote.startsWith('[::1]:');
  return isFromHere && state === CLOSE_WAIT && isSent && (other?.inode ?? NO_INODE) === NO_INODE;
}

/** Whether the daemon has accepted a connection, or it waits to be accepted. */
function isOfDaemon({ inode, ...row }: ConnectionRow, opened: ReadonlySet<string>): boolean {
  return opened.has(inode) || (inode === NO_INODE && mayBeQueued(row));
}

function directionOf(
  { localAddress, localPort, inode }: ConnectionRow,
  listener: KernelSocket,
  opened: ReadonlySet<string>,
): Connection['direction'] | null {
  const bound = unmapIpv4(listener.address);
  const isToListener = localPort === listener.port && (WILDCARDS.includes(bound) || bound === localAddress);
  if (isToListener) return 'inbound';
  return opened.has(inode) ? 'outbound' : null;
}

const WILDCARDS = ['0.0.0.0', '::'];

function textOf({ address, port }: { readonly address: string; readonly port: number }): string {
  const text = unmapIpv4(address);
  return text.includes(':') ? `[${text}]:${port}` : `${text}:${port}`;
}

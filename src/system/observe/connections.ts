import type { Connection } from '../../model/activity.js';
import { type KernelSocket, type Reading, read, unread } from '../../model/evidence.js';
import { fieldsOf, LISTEN, readTcpTables } from './kernel-table.js';
import { socketsOf } from './socket-holders.js';
import { endpointOf } from './listening-sockets.js';

/**
 * The connections of a process that can still carry data: to one listening socket of it, and its own ones. Those that this
 * process itself has to it, to ask for its health, are left out.
 */
export async function readConnections(
  pid: number,
  listener: KernelSocket,
): Promise<Reading<readonly Connection[]>> {
  const opened = socketsOf(pid);
  const ours = socketsOf(process.pid);
  if (opened === 'unreadable' || ours === 'unreadable') return unread('its descriptors cannot be read');
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
  return read(
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

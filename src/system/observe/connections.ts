import type { Connection } from '../../model/activity.js';
import { type KernelSocket, type Reading, read, unread } from '../../model/evidence.js';
import { fieldsOf, LISTEN, readTcpTables } from './kernel-table.js';
import { socketsOf } from './socket-holders.js';
import { endpointOf } from './listening-sockets.js';

/** The connections of a process that can still carry data: to one listening socket of it, and its own ones. */
export async function readConnections(
  pid: number,
  listener: KernelSocket,
): Promise<Reading<readonly Connection[]>> {
  const opened = socketsOf(pid);
  if (opened === 'unreadable') return unread('its descriptors cannot be read');
  const tables = await readTcpTables('all');
  if (!tables.ok) return tables;
  const rows = tables.value.flatMap(connectionRows);
  const otherEnds = new Map(rows.map((row) => [`${row.local} ${row.remote}`, row]));
  return read(
    rows.flatMap((row): Connection[] => {
      const direction = directionOf(row, listener, opened.inodes);
      if (direction === null) return [];
      const other = otherEnds.get(`${row.remote} ${row.local}`);
      // Once its program has closed it, the kernel shows a socket as root's, with no inode.
      const peerUid = other && other.inode !== 0 ? other.uid : null;
      return [{ direction, peer: row.remote, peerUid }];
    }),
  );
}

/** A row of the kernel's table that is neither a listening socket nor the memory of a connection that is over. */
interface ConnectionRow {
  /** `address:port`; IPv4 as such also where it is spoken on an IPv6 socket, so that both ends have equal text. */
  readonly local: string;
  readonly localAddress: string;
  readonly localPort: number;
  readonly remote: string;
  readonly uid: number;
  readonly inode: number;
}

const TIME_WAIT = '06';

/** A row that was cut off is none. */
function connectionRows(table: string): ConnectionRow[] {
  return table
    .split('\n')
    .slice(1, -1)
    .flatMap((line) => {
      const [, localHex = '', remoteHex = '', state, , , , uid, , inode] = fieldsOf(line);
      if (state === LISTEN || state === TIME_WAIT || inode === undefined) return [];
      const local = endpointOf(localHex);
      const remote = endpointOf(remoteHex);
      return [
        {
          local: textOf(local),
          localAddress: plain(local.address),
          localPort: local.port,
          remote: textOf(remote),
          uid: Number(uid),
          inode: Number(inode),
        },
      ];
    });
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

import {
  type Collector,
  indexAddresses,
  limitInspected,
  type SocketListing,
} from '../../../src/machine/collector.js';
import type { ProcessResult } from '../../../src/machine/linux/processes.js';
import { ok, type Result } from '../../../src/model/result.js';
import type { SocketOwner } from '../../../src/model/scan.js';
import type { KernelSocket } from '../../../src/model/evidence.js';
import { tableOf } from './sockets.js';
import type { Calls, Task } from './task.js';

/** What a search through /proc found: the owners of sockets, and processes whose descriptors cannot be read. */
interface Search {
  readonly owners: Map<number, number[]>;
  readonly unreadable: { readonly pid: number; readonly parent: number; readonly session: number }[];
}

/** The Linux collector on the model: it finds owners as src/machine/linux/collector.ts does. */
export function collectorOf(
  calls: Calls,
  { process: self }: Task,
  read: (pid: number) => ProcessResult,
): Collector {
  const { world, async, isAlive } = calls;
  return {
    name: 'procfs',
    readProcess: read,
    listSockets: (wanted) =>
      async<Result<SocketListing>>('collector.listSockets', '', (settle) => {
        const list = (): void => {
          const table = tableOf(world, self.network, wanted);
          settle(table.ok ? ok(listingOf(table.value)) : table);
        };
        world.later(0, 'reads the TCP tables', list, isAlive);
      }),
  };

  function listingOf(sockets: readonly KernelSocket[]): SocketListing {
    const { sockets: inspected, uninspected } = limitInspected(sockets, ({ uid }) => uid === self.uid);
    const addresses = indexAddresses(sockets);
    return {
      sockets: inspected,
      uninspected,
      addresses,
      findOwners: (_context, scope) =>
        async<readonly SocketOwner[]>('collector.findOwners', '', (settle) => {
          const find = (): void => {
            const inodes = new Set(
              inspected.filter(({ uid }) => uid === self.uid).map(({ id }) => Number(id)),
            );
            const search =
              (scope.of === 'ours' ? searchAmong(calls, self.uid, scope.recorded, inodes) : null) ??
              searchAll(calls, self.uid, inodes);
            settle(inspected.map((socket) => ownerOf(socket, addresses.countAt(socket), search, self.uid)));
          };
          world.later(0, 'walks /proc', find, isAlive);
        }),
    };
  }

  function ownerOf(socket: KernelSocket, atAddress: number, search: Search, uid: number): SocketOwner {
    const pids = search.owners.get(Number(socket.id)) ?? [];
    if (atAddress > 1)
      return { kind: 'ambiguous', why: `${atAddress} sockets share this address and port`, pids };
    if (pids.length > 1) return { kind: 'ambiguous', why: `${pids.length} processes hold this socket`, pids };
    const [pid] = pids;
    if (pid === undefined)
      return {
        kind: 'unknown',
        why:
          socket.uid === uid
            ? 'no process that we can see holds this socket'
            : 'processes of other users are not examined',
      };
    const session = world.byPid.get(pid)?.session;
    const relative = search.unreadable.find((other) => other.session === session || other.parent === pid);
    if (relative)
      return {
        kind: 'ambiguous',
        why: `process ${relative.pid} may hold this socket too`,
        pids: [pid, relative.pid],
      };
    const result = read(pid);
    if (result.kind === 'alive') return { kind: 'known', process: result.process };
    if (result.kind === 'unreadable') return { kind: 'unknown', why: result.why };
    const end = result.kind === 'gone' ? 'ended during the scan' : 'has changed its user';
    return { kind: 'unknown', why: `process ${pid} ${end}` };
  }
}

/** Walks all processes. Others act between two of them. */
function searchAll({ world, within }: Calls, uid: number, inodes: ReadonlySet<number>): Search {
  const search: Search = { owners: new Map(), unreadable: [] };
  if (inodes.size === 0) return search;
  for (const pid of [...world.byPid.keys()]) {
    const found = world.byPid.get(pid);
    if (found?.state !== 'running') continue;
    if (found.uid !== uid) {
      search.unreadable.push({ pid, parent: found.parent, session: found.session });
      continue;
    }
    for (const { inode } of found.sockets)
      if (inodes.has(inode)) search.owners.set(inode, [...(search.owners.get(inode) ?? []), pid]);
    within('collector.findOwners');
  }
  return search;
}

/** Tries a few processes first. @returns null if they do not own every socket */
function searchAmong(
  { world }: Calls,
  uid: number,
  pids: readonly number[],
  inodes: ReadonlySet<number>,
): Search | null {
  const owners = new Map<number, number[]>();
  for (const pid of pids) {
    const found = world.byPid.get(pid);
    if (found?.state !== 'running') continue;
    if (found.uid !== uid) return null;
    for (const { inode } of found.sockets) if (inodes.has(inode)) owners.set(inode, [pid]);
  }
  return owners.size === inodes.size ? { owners, unreadable: [] } : null;
}

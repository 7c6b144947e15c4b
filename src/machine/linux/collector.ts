import type { KernelSocket } from '../../model/evidence.js';
import { ok } from '../../model/result.js';
import type { SocketOwner, ScanContext } from '../../model/scan.js';
import type { Collector, ScanScope } from '../collector.js';
import { type Places, placesOf, withinBounds } from '../collector.js';
import { procDescribesUs, readProcess } from './processes.js';
import { findSocketOwners, ownedByThese, hiddenRelativeOf, type OwnerSearch } from './socket-owners.js';
import { listListeningSockets } from './sockets.js';

/** The collector of Linux: everything from the kernel's own tables, and exact. Whatever acts needs this one. */
export const procfs: Collector = {
  name: 'procfs',
  lookAtProcess: readProcess,
  async listSockets(wanted) {
    const sockets = await listListeningSockets(wanted);
    if (!sockets.ok) return sockets;
    const uid = process.geteuid?.();
    const { sockets: looked, further } = withinBounds(sockets.value, (socket) => socket.uid === uid);
    const places = placesOf(sockets.value);
    return ok({
      sockets: looked,
      further,
      places,
      findOwners: async (context: ScanContext, scope: ScanScope) => {
        return findOwners(looked, places, context, scope);
      },
    });
  },
};

/** Names the process behind each socket, by inode. The kernel names it; a reply never does (pitfall 7). */
async function findOwners(
  sockets: readonly KernelSocket[],
  places: Places,
  context: ScanContext,
  scope: ScanScope,
): Promise<readonly SocketOwner[]> {
  if (!procDescribesUs()) {
    return sockets.map(() => ({ kind: 'unknown', why: '/proc describes another PID namespace' }));
  }
  // Root may look into everybody's processes, others only into their own: nobody else's socket is worth a search.
  const seesAll = context.uid === 0 && scope.of === 'all';
  const worthwhile = sockets.filter(({ uid }) => seesAll || uid === context.uid);
  const inodes = new Set(worthwhile.map(({ inode }) => inode));
  const search =
    (scope.of === 'ours' ? ownedByThese(scope.recorded, inodes) : null) ?? (await findSocketOwners(inodes));
  return sockets.map((socket) => holderOf(socket, places.sharersOf(socket), search, context));
}

function holderOf(
  socket: KernelSocket,
  sharers: number,
  search: OwnerSearch,
  context: ScanContext,
): SocketOwner {
  const pids = search.holders.get(socket.inode) ?? [];
  if (sharers > 1) return { kind: 'ambiguous', why: `${sharers} sockets share this address and port`, pids };
  if (pids.length > 1) return { kind: 'ambiguous', why: `${pids.length} processes hold this socket`, pids };
  const [pid] = pids;
  if (pid === undefined) return { kind: 'unknown', why: whyNoHolder(socket, search, context) };
  const hidden = hiddenRelativeOf(pid, search);
  if (hidden !== null) {
    const why = `process ${hidden}, which we may not look into, may hold this socket too`;
    return { kind: 'ambiguous', why, pids: [pid, hidden] };
  }
  const reading = readProcess(pid);
  if (reading.kind === 'alive') return { kind: 'known', process: reading.process };
  return {
    kind: 'unknown',
    why: reading.kind === 'gone' ? `process ${pid} has ended meanwhile` : reading.why,
  };
}

function whyNoHolder(socket: KernelSocket, search: OwnerSearch, context: ScanContext): string {
  if (socket.uid !== context.uid && context.uid !== 0) {
    return 'the kernel shows the processes of another user to root only';
  }
  if (search.unreadable.areThere) return 'it is held by a process whose descriptors we may not read';
  return 'no process that we can see holds this socket';
}

import type { Holder, KernelSocket, Observer } from '../../model/evidence.js';
import { procDescribesUs } from '../../system/observe/machine.js';
import { readProcess } from '../../system/observe/process-table.js';
import {
  findSocketHolders,
  heldByThese,
  hiddenKinOf,
  type HolderSearch,
} from '../../system/observe/socket-holders.js';
import type { Reach } from './collector.js';
import type { Places } from './places.js';

/** Names the process behind each socket, by inode. The kernel names it; a reply never does (pitfall 7). */
export async function findHolders(
  sockets: readonly KernelSocket[],
  places: Places,
  observer: Observer,
  reach: Reach,
): Promise<readonly Holder[]> {
  if (!procDescribesUs()) {
    return sockets.map(() => ({ kind: 'unknown', why: '/proc describes another PID namespace' }));
  }
  // Root may look into everybody's processes, others only into their own: nobody else's socket is worth a search.
  const seesAll = observer.uid === 0 && reach.of === 'all';
  const worthwhile = sockets.filter(({ uid }) => seesAll || uid === observer.uid);
  const inodes = new Set(worthwhile.map(({ inode }) => inode));
  const search =
    (reach.of === 'ours' ? heldByThese(reach.recorded, inodes) : null) ?? (await findSocketHolders(inodes));
  return sockets.map((socket) => holderOf(socket, places.sharersOf(socket), search, observer));
}

function holderOf(socket: KernelSocket, sharers: number, search: HolderSearch, observer: Observer): Holder {
  const pids = search.holders.get(socket.inode) ?? [];
  if (sharers > 1) return { kind: 'ambiguous', why: `${sharers} sockets share this address and port`, pids };
  if (pids.length > 1) return { kind: 'ambiguous', why: `${pids.length} processes hold this socket`, pids };
  const [pid] = pids;
  if (pid === undefined) return { kind: 'unknown', why: whyNoHolder(socket, search, observer) };
  const hidden = hiddenKinOf(pid, search);
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

function whyNoHolder(socket: KernelSocket, search: HolderSearch, observer: Observer): string {
  if (socket.uid !== observer.uid && observer.uid !== 0) {
    return 'the kernel shows the processes of another user to root only';
  }
  if (search.unreadable.areThere) return 'it is held by a process whose descriptors we may not read';
  return 'no process that we can see holds this socket';
}

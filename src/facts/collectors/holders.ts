import type { Holder, ListeningSocket, Observer } from '../../model/evidence.js';
import { procDescribesUs } from '../../system/observe/machine.js';
import { readProcess } from '../../system/observe/process-table.js';
import { findSocketHolders, type HolderSearch } from '../../system/observe/socket-holders.js';

/** Names the process behind each socket, by inode. The kernel names it; a reply never does (pitfall 7). */
export async function resolveHolders(
  sockets: readonly ListeningSocket[],
  observer: Observer,
): Promise<ReadonlyMap<number, Holder>> {
  if (!procDescribesUs()) return everySocket(sockets, '/proc describes another PID namespace');
  // Root may read everybody's descriptors, others only their own: nobody else's process is worth opening.
  const uids = sockets
    .map((socket) => socket.uid)
    .filter((uid) => observer.uid === 0 || uid === observer.uid);
  const search = await findSocketHolders(new Set(sockets.map((socket) => socket.inode)), new Set(uids));
  return new Map(sockets.map((socket) => [socket.inode, holderOf(socket, sockets, search, observer)]));
}

function holderOf(
  socket: ListeningSocket,
  sockets: readonly ListeningSocket[],
  search: HolderSearch,
  observer: Observer,
): Holder {
  const pids = search.holders.get(socket.inode) ?? [];
  const sharers = sockets.filter(({ address, port }) => address === socket.address && port === socket.port);
  if (sharers.length > 1) {
    return { kind: 'ambiguous', why: `${sharers.length} sockets share this address and port`, pids };
  }
  if (pids.length > 1) return { kind: 'ambiguous', why: `${pids.length} processes hold this socket`, pids };
  const [pid] = pids;
  if (pid === undefined) return { kind: 'unknown', why: whyNoHolder(socket, search, observer) };
  const reading = readProcess(pid);
  if (reading.kind === 'alive') return { kind: 'known', process: reading.process };
  return {
    kind: 'unknown',
    why: reading.kind === 'gone' ? `process ${pid} has ended meanwhile` : reading.why,
  };
}

function whyNoHolder(socket: ListeningSocket, search: HolderSearch, observer: Observer): string {
  if (socket.uid !== observer.uid && observer.uid !== 0) {
    return 'the kernel shows the processes of another user to root only';
  }
  if (search.unreadable.length > 0) return 'it is held by a process whose descriptors we may not read';
  return 'no process that we can see holds this socket';
}

function everySocket(sockets: readonly ListeningSocket[], why: string): ReadonlyMap<number, Holder> {
  return new Map(sockets.map((socket) => [socket.inode, { kind: 'unknown', why }]));
}

import { readdirSync, readlinkSync } from 'node:fs';
import { openPidList } from './process-list.js';
import { hasOurUser, readStat, readStatus } from './processes.js';
import { errorCode, isGone } from '../../model/system-error.js';
import { monotonicMs, yieldToEventLoop } from '../runtime.js';

export interface OwnerSearch {
  /** The PIDs of the processes that have a socket open, by the inode of the socket. */
  readonly owners: ReadonlyMap<string, readonly number[]>;
  /** Processes whose descriptors were not read. Each of them may have any of the sockets open, too. */
  readonly unreadable: UnreadableProcesses;
}

/** Processes whose descriptors could not be read. One PID is kept for each session and for each parent. */
interface UnreadableProcesses {
  readonly exist: boolean;
  /** The PID of a process in the session, by session id. */
  readonly bySession: ReadonlyMap<number, number>;
  /** The PID of a child, by the PID of its parent. */
  readonly byParent: ReadonlyMap<number, number>;
}

const NONE_UNREADABLE: UnreadableProcesses = { exist: false, bySession: new Map(), byParent: new Map() };
/** The result if `/proc` could not be listed, or not in time: any process may own any socket. */
const NOT_SEARCHED: OwnerSearch = {
  owners: new Map(),
  unreadable: { ...NONE_UNREADABLE, exist: true },
};
const NO_SOCKETS: OwnerSearch = { owners: new Map(), unreadable: NONE_UNREADABLE };

/** The walk yields to the event loop after this many milliseconds. */
const LONGEST_STRETCH_MS = 3;

/**
 * Limit for the time to read the status of other users' processes, in milliseconds. 28,000 processes take 0.6 s. With
 * 65,536 groups a process makes its status 700 kB long, and one read of it takes 0.1 s.
 */
const LONGEST_FOR_OTHERS_MS = 2000;

/**
 * Finds the processes that have the given sockets open. Reads the descriptors of our user's processes only. A process of
 * another user costs two accesses to `/proc`, because other users may run tens of thousands, and counts as unreadable.
 */
export async function findSocketOwners(inodes: ReadonlySet<string>): Promise<OwnerSearch> {
  if (inodes.size === 0) return NO_SOCKETS;
  const owners = new Map<string, number[]>();
  const bySession = new Map<number, number>();
  const byParent = new Map<number, number>();
  let exist = false;
  let msForOthers = 0;
  let stretchStart = monotonicMs();
  const pids = openPidList();
  if (pids === null) return NOT_SEARCHED;
  for (const pid of pids) {
    if (monotonicMs() - stretchStart > LONGEST_STRETCH_MS) {
      await yieldToEventLoop();
      stretchStart = monotonicMs();
    }
    const start = monotonicMs();
    const open = openSocketsOf(pid);
    if (open === 'unreadable') {
      const status = readStat(pid);
      msForOthers += monotonicMs() - start;
      if (msForOthers > LONGEST_FOR_OTHERS_MS) return NOT_SEARCHED;
      if (status.kind === 'gone') continue;
      exist = true;
      if (status.kind === 'unreadable') continue;
      if (status.session !== null) bySession.set(status.session, pid);
      if (status.parentPid !== null) byParent.set(status.parentPid, pid);
      continue;
    }
    for (const inode of open) {
      if (!inodes.has(inode)) continue;
      const known = owners.get(inode);
      if (known) known.push(pid);
      else owners.set(inode, [pid]);
    }
  }
  return { owners, unreadable: { exist, bySession, byParent } };
}

/**
 * Finds the owners among a few processes, without walking the process table. A second owner is not searched, so this
 * result alone must not lead to a signal or a request.
 * @returns null if these processes do not own every socket
 */
export function ownersAmong(pids: readonly number[], inodes: ReadonlySet<string>): OwnerSearch | null {
  const owners = new Map<string, number[]>();
  for (const pid of pids) {
    const open = openSocketsOf(pid);
    if (open === 'unreadable') return null;
    for (const inode of open) if (inodes.has(inode)) owners.set(inode, [pid]);
  }
  return owners.size === inodes.size ? { owners, unreadable: NONE_UNREADABLE } : null;
}

/**
 * Whether a process has the socket with this inode open. False also if the process has ended or its descriptors cannot
 * be read.
 */
export function holdsSocket(pid: number, inode: string): boolean {
  const open = openSocketsOf(pid);
  return open !== 'unreadable' && open.has(inode);
}

/**
 * Finds an unreadable process that may have inherited the sockets of `pid`: a child of that process, or a process in
 * its session, because the descendants of a daemon are usually in the daemon's session.
 */
export function unreadableRelativeOf(pid: number, { unreadable }: OwnerSearch): number | null {
  if (!unreadable.exist) return null;
  const stat = readStat(pid);
  if (stat.kind !== 'alive') return null;
  return unreadable.bySession.get(stat.session) ?? unreadable.byParent.get(pid) ?? null;
}

/**
 * Reads the sockets that a process has open, by their inodes. `unreadable` for a process of another user, whose folder
 * `fd` is not opened: that user could keep the kernel from ever listing it.
 */
export function openSocketsOf(pid: number): ReadonlySet<string> | 'unreadable' {
  const inodes = new Set<string>();
  const folder = `/proc/${pid}/fd`;
  try {
    if (!belongsToOurUser(pid)) return 'unreadable';
    for (const name of readdirSync(folder)) {
      const inode = socketInode(`${folder}/${name}`);
      if (inode !== null) inodes.add(inode);
    }
    return inodes;
  } catch (error) {
    // A process that has ended owns nothing.
    return isGone(error) ? inodes : 'unreadable';
  }
}

/** Whether all user ids of a process are ours. Asks for its effective user first, which is one system call. */
function belongsToOurUser(pid: number): boolean {
  return hasOurUser(pid) && readStatus(pid).kind === 'ours';
}

const SOCKET = 'socket:[';

function socketInode(link: string): string | null {
  try {
    // A socket is shown as `socket:[4711]`. No regular expression is used, because a busy machine has thousands of
    // descriptors.
    const target = readlinkSync(link);
    return target.startsWith(SOCKET) ? target.slice(SOCKET.length, -1) : null;
  } catch (error) {
    // This descriptor was closed after the listing; the others still count.
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

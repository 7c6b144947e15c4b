import { readlinkSync, statSync } from 'node:fs';
import { namesIn } from '../files.js';
import { opensFoldersOfOthers } from './own-context.js';
import { openPidList } from './process-list.js';
import { hasOnlyOurUserIds, readStat } from './processes.js';
import { errorCode, isGone } from '../../model/system-error.js';
import { monotonicMs, yieldToEventLoop } from '../runtime.js';

export interface OwnerSearch {
  /** The PIDs of the processes that have a socket open, by the inode of the socket. */
  readonly owners: ReadonlyMap<number, readonly number[]>;
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
/** The result if `/proc` could not be listed: any process may own any socket. */
const NOT_SEARCHED: OwnerSearch = {
  owners: new Map(),
  unreadable: { ...NONE_UNREADABLE, exist: true },
};
const NO_SOCKETS: OwnerSearch = { owners: new Map(), unreadable: NONE_UNREADABLE };

/** The walk yields to the event loop after this many milliseconds. */
const LONGEST_STRETCH_MS = 3;

/**
 * Limits for how many descriptors of other users' processes are read, for one process and for all: a user can open
 * hundreds of thousands. In most cases only the superuser may read them. A process above a limit counts as unreadable.
 */
const MOST_DESCRIPTORS_OF_ANOTHER = 1024;
const MOST_DESCRIPTORS_OF_OTHERS = 50_000;
/** Listing `/proc/<pid>/fd` costs as much as reading this many descriptors. */
const DESCRIPTORS_PER_PROCESS = 10;

/**
 * Finds the processes that have the given sockets open. Reads the descriptors of every process that we may read,
 * including those of other users: a second owner makes a socket ambiguous, and the second owner may have changed its
 * user. A process that we may not read costs only two accesses to `/proc`, because other users may run tens of
 * thousands.
 */
export async function findSocketOwners(inodes: ReadonlySet<number>): Promise<OwnerSearch> {
  if (inodes.size === 0) return NO_SOCKETS;
  const owners = new Map<number, number[]>();
  const bySession = new Map<number, number>();
  const byParent = new Map<number, number>();
  let exist = false;
  let budgetForOthers = MOST_DESCRIPTORS_OF_OTHERS;
  const opensOthers = opensFoldersOfOthers();
  let stretchStart = monotonicMs();
  const pids = openPidList();
  if (pids === null) return NOT_SEARCHED;
  for (const pid of pids) {
    if (monotonicMs() - stretchStart > LONGEST_STRETCH_MS) {
      await yieldToEventLoop();
      stretchStart = monotonicMs();
    }
    const most = descriptorsToRead(pid, opensOthers, budgetForOthers);
    const open = most > 0 ? readOpenSockets(pid, most) : 'unreadable';
    // A refused read costs almost nothing, so it does not use the budget.
    if (most !== Infinity && open !== 'unreadable')
      budgetForOthers -= DESCRIPTORS_PER_PROCESS + descriptorsRead(open, most);
    if (typeof open === 'string') {
      const stat = readStat(pid);
      if (stat.kind === 'gone') continue;
      exist = true;
      if (stat.kind === 'unreadable') continue;
      bySession.set(stat.session, pid);
      byParent.set(stat.parentPid, pid);
      continue;
    }
    for (const inode of open.inodes) {
      if (!inodes.has(inode)) continue;
      const known = owners.get(inode);
      if (known) known.push(pid);
      else owners.set(inode, [pid]);
    }
  }
  return { owners, unreadable: { exist, bySession, byParent } };
}

/**
 * Returns how many descriptors of a process are read at most: all if only our user controls what the process opens,
 * none if the kernel would refuse the read, otherwise the limit for other users' processes. The effective user is the
 * owner of `/proc/<pid>`, which costs one system call.
 */
function descriptorsToRead(pid: number, opensOthers: boolean, budgetForOthers: number): number {
  try {
    const hasOurUser = statSync(`/proc/${pid}`).uid === process.geteuid?.();
    if (!hasOurUser && !opensOthers) return 0;
    if (hasOurUser && hasOnlyOurUserIds(pid)) return Infinity;
  } catch {
    // The process has ended, so reading its descriptors finds no socket.
  }
  return Math.min(budgetForOthers, MOST_DESCRIPTORS_OF_ANOTHER);
}

/**
 * Finds the owners among a few processes, without walking the process table. A second owner is not searched, so this
 * result alone must not lead to a signal or a request.
 * @returns null if these processes do not own every socket
 */
export function ownersAmong(pids: readonly number[], inodes: ReadonlySet<number>): OwnerSearch | null {
  const owners = new Map<number, number[]>();
  for (const pid of pids) {
    const open = openSocketsOf(pid);
    if (open === 'unreadable') return null;
    for (const inode of open.inodes) if (inodes.has(inode)) owners.set(inode, [pid]);
  }
  return owners.size === inodes.size ? { owners, unreadable: NONE_UNREADABLE } : null;
}

/**
 * Whether a process has the socket with this inode open. False also if the process has ended or its descriptors cannot
 * be read.
 */
export function holdsSocket(pid: number, inode: number): boolean {
  const open = openSocketsOf(pid);
  return open !== 'unreadable' && open.inodes.has(inode);
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

interface OpenSockets {
  readonly inodes: ReadonlySet<number>;
  /** How many descriptors were read. */
  readonly descriptors: number;
}

/** Reads the sockets that a process has open, without a limit. */
export function openSocketsOf(pid: number): OpenSockets | 'unreadable' {
  const open = readOpenSockets(pid, Infinity);
  return typeof open === 'string' ? 'unreadable' : open;
}

/**
 * Reads the sockets that a process has open.
 * @param most the result is `too_many` if the process has more descriptors than this
 */
function readOpenSockets(pid: number, most: number): OpenSockets | 'unreadable' | 'too_many' {
  const inodes = new Set<number>();
  const folder = `/proc/${pid}/fd`;
  try {
    const names = namesIn(folder, most);
    if (names === null) return 'too_many';
    for (const name of names) {
      const inode = socketInode(`${folder}/${name}`);
      if (inode !== null) inodes.add(inode);
    }
    return { inodes, descriptors: names.length };
  } catch (error) {
    // A process that has ended owns nothing.
    return isGone(error) ? { inodes, descriptors: 0 } : 'unreadable';
  }
}

/** Returns how many descriptors were read. The listing stopped at `most` if the result is `too_many`. */
function descriptorsRead(open: OpenSockets | 'too_many', most: number): number {
  return open === 'too_many' ? Math.max(most, 0) : open.descriptors;
}

const SOCKET = 'socket:[';

function socketInode(link: string): number | null {
  try {
    // A socket is shown as `socket:[4711]`. No regular expression is used, because a busy machine has thousands of
    // descriptors.
    const target = readlinkSync(link);
    return target.startsWith(SOCKET) ? Number(target.slice(SOCKET.length, -1)) : null;
  } catch (error) {
    // This descriptor was closed after the listing; the others still count.
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

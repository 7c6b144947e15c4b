import { readlinkSync, statSync } from 'node:fs';
import { namesIn } from '../files.js';
import { eachPid, isWhollyOurs, opensFoldersOfOthers, readStat } from './processes.js';
import { errorCode, isGone } from '../../model/system-error.js';
import { monotonicMs } from '../runtime.js';
import { nextTurn } from '../runtime.js';

export interface OwnerSearch {
  /** Socket inode to the PIDs that have it open. */
  readonly holders: ReadonlyMap<number, readonly number[]>;
  /** Processes whose descriptors were not read: a holder may be among them. */
  readonly unreadable: HiddenProcesses;
}

/** What can be seen of processes that were not looked into: for each session and each parent, one of them. */
interface HiddenProcesses {
  readonly areThere: boolean;
  readonly inSession: ReadonlyMap<number, number>;
  readonly childOf: ReadonlyMap<number, number>;
}

const NONE_HIDDEN: HiddenProcesses = { areThere: false, inSession: new Map(), childOf: new Map() };
const NO_SOCKETS: OwnerSearch = { holders: new Map(), unreadable: NONE_HIDDEN };

/** Longest stretch of walking before other work of the event loop gets its turn, in milliseconds. */
const LONGEST_STRETCH_MS = 3;

/**
 * How many descriptors of other users' processes root looks at, in one of them and in all: any user may open hundreds of
 * thousands. A process that has more counts as unreadable.
 */
const MOST_DESCRIPTORS_OF_ANOTHER = 1024;
const MOST_DESCRIPTORS_OF_OTHERS = 50_000;
/** To open the folder of a process takes as long as to look at so many descriptors. */
const DESCRIPTORS_PER_PROCESS = 10;

/**
 * Finds which processes hold the given sockets. Looks into every process that it may, since a second holder makes the
 * owner ambiguous, and may have become another user. A process that it may not look into costs two system calls on
 * files of its own, its owner and its kin: other users may run tens of thousands.
 */
export async function findSocketOwners(inodes: ReadonlySet<number>): Promise<OwnerSearch> {
  if (inodes.size === 0) return NO_SOCKETS;
  const holders = new Map<number, number[]>();
  const inSession = new Map<number, number>();
  const childOf = new Map<number, number>();
  let areThere = false;
  let leftForOthers = MOST_DESCRIPTORS_OF_OTHERS;
  const opensOthers = opensFoldersOfOthers();
  let stretchStart = monotonicMs();
  for (const pid of eachPid()) {
    if (monotonicMs() - stretchStart > LONGEST_STRETCH_MS) {
      await nextTurn();
      stretchStart = monotonicMs();
    }
    const most = descriptorsToRead(pid, opensOthers, leftForOthers);
    const open = most > 0 ? lookInto(pid, most) : 'unreadable';
    // Permission is refused on the first call, so a refusal takes nothing from the share.
    if (most !== Infinity && open !== 'unreadable')
      leftForOthers -= DESCRIPTORS_PER_PROCESS + lookedAt(open, most);
    if (typeof open === 'string') {
      const stat = readStat(pid);
      if (stat.kind !== 'alive') continue;
      areThere = true;
      inSession.set(stat.session, pid);
      childOf.set(stat.parentPid, pid);
      continue;
    }
    for (const inode of open.inodes) {
      if (!inodes.has(inode)) continue;
      const known = holders.get(inode);
      if (known) known.push(pid);
      else holders.set(inode, [pid]);
    }
  }
  return { holders, unreadable: { areThere, inSession, childOf } };
}

/**
 * How many descriptors of a process are read at most: all of one that is wholly ours, none of one that the kernel would
 * not let us look into. The owner of its folder is its effective user, which one call tells.
 */
function descriptorsToRead(pid: number, opensOthers: boolean, leftForOthers: number): number {
  try {
    const hasOurUser = statSync(`/proc/${pid}`).uid === process.geteuid?.();
    if (!hasOurUser && !opensOthers) return 0;
    if (hasOurUser && isWhollyOurs(pid)) return Infinity;
  } catch {
    // It has ended meanwhile.
  }
  return Math.min(leftForOthers, MOST_DESCRIPTORS_OF_ANOTHER);
}

/**
 * The answer without a walk, where these few processes account for every socket; null where they do not. A second
 * holder is not looked for: good enough for whoever is not acted on.
 */
export function ownedByThese(pids: readonly number[], inodes: ReadonlySet<number>): OwnerSearch | null {
  const holders = new Map<number, number[]>();
  for (const pid of pids) {
    const open = socketsOf(pid);
    if (open === 'unreadable') return null;
    for (const inode of open.inodes) if (inodes.has(inode)) holders.set(inode, [pid]);
  }
  return holders.size === inodes.size ? { holders, unreadable: NONE_HIDDEN } : null;
}

/** Whether this process still holds this socket; false too when either is gone or cannot be read. */
export function holdsSocket(pid: number, inode: number): boolean {
  const open = socketsOf(pid);
  return open !== 'unreadable' && open.inodes.has(inode);
}

/**
 * A process that we may not look into, and that may well have inherited what this one holds: it is in its session, as
 * whoever a daemon starts is, or its child.
 */
export function hiddenRelativeOf(pid: number, { unreadable }: OwnerSearch): number | null {
  if (!unreadable.areThere) return null;
  const stat = readStat(pid);
  if (stat.kind !== 'alive') return null;
  return unreadable.inSession.get(stat.session) ?? unreadable.childOf.get(pid) ?? null;
}

interface OpenSockets {
  readonly inodes: ReadonlySet<number>;
  /** How many descriptors were looked at. */
  readonly looked: number;
}

/** The sockets that a process has open, however many. */
export function socketsOf(pid: number): OpenSockets | 'unreadable' {
  const open = lookInto(pid, Infinity);
  return typeof open === 'string' ? 'unreadable' : open;
}

/** @param most a process with more descriptors is not looked into */
function lookInto(pid: number, most: number): OpenSockets | 'unreadable' | 'too_many' {
  const inodes = new Set<number>();
  const folder = `/proc/${pid}/fd`;
  try {
    const names = namesIn(folder, most);
    if (names === null) return 'too_many';
    for (const name of names) {
      const inode = socketInode(`${folder}/${name}`);
      if (inode !== null) inodes.add(inode);
    }
    return { inodes, looked: names.length };
  } catch (error) {
    // A process that ended meanwhile holds nothing.
    return isGone(error) ? { inodes, looked: 0 } : 'unreadable';
  }
}

/** Of a process with too many descriptors, so many were counted. */
function lookedAt(open: OpenSockets | 'too_many', most: number): number {
  return open === 'too_many' ? Math.max(most, 0) : open.looked;
}

const SOCKET = 'socket:[';

function socketInode(link: string): number | null {
  try {
    // `socket:[4711]`; thousands of others are looked at on a busy machine, and an expression takes its time.
    const target = readlinkSync(link);
    return target.startsWith(SOCKET) ? Number(target.slice(SOCKET.length, -1)) : null;
  } catch (error) {
    // One descriptor closed between listing and looking is no reason to give up on the others.
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

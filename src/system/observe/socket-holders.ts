import { readdirSync, readlinkSync } from 'node:fs';
import { listPids, readStat } from './process-table.js';
import { errorCode, isGone } from './system-error.js';
import { monotonicMs } from './clock.js';
import { nextTurn } from './next-turn.js';

export interface HolderSearch {
  /** Socket inode to the PIDs that have it open. */
  readonly holders: ReadonlyMap<number, readonly number[]>;
  /** Processes whose descriptors we may not read: a holder may be among them. */
  readonly unreadable: readonly Hidden[];
}

/** What can be seen of a process that may not be looked into. */
interface Hidden {
  readonly pid: number;
  readonly parentPid: number;
  readonly session: number;
}

/** Longest stretch of walking before other work of the event loop gets its turn, in milliseconds. */
const LONGEST_STRETCH_MS = 3;

/**
 * Finds which processes hold the given sockets. Looks into every process that it may, since a second holder makes the
 * owner ambiguous, and may have become another user.
 */
export async function findSocketHolders(inodes: ReadonlySet<number>): Promise<HolderSearch> {
  const holders = new Map<number, number[]>();
  const unreadable: Hidden[] = [];
  let stretchStart = monotonicMs();
  for (const pid of listPids()) {
    if (monotonicMs() - stretchStart > LONGEST_STRETCH_MS) {
      await nextTurn();
      stretchStart = monotonicMs();
    }
    const open = socketsOf(pid);
    if (open === 'unreadable') {
      const stat = readStat(pid);
      if (stat.kind === 'alive') unreadable.push({ pid, parentPid: stat.parentPid, session: stat.session });
    } else
      for (const inode of open)
        if (inodes.has(inode)) holders.set(inode, [...(holders.get(inode) ?? []), pid]);
  }
  return { holders, unreadable };
}

/**
 * The answer without a walk, where these few processes account for every socket; null where they do not. A second
 * holder is not looked for: good enough for whoever is not acted on.
 */
export function heldByThese(pids: readonly number[], inodes: ReadonlySet<number>): HolderSearch | null {
  const holders = new Map<number, number[]>();
  for (const pid of pids) {
    const open = socketsOf(pid);
    if (open === 'unreadable') return null;
    for (const inode of open) if (inodes.has(inode)) holders.set(inode, [pid]);
  }
  return holders.size === inodes.size ? { holders, unreadable: [] } : null;
}

/** Whether this process still holds this socket; false too when either is gone or cannot be read. */
export function holdsSocket(pid: number, inode: number): boolean {
  const open = socketsOf(pid);
  return open !== 'unreadable' && open.has(inode);
}

/**
 * A process that we may not look into, and that may well have inherited what this one holds: it is in its session, as
 * whoever a daemon starts is, or its child.
 */
export function hiddenKinOf(pid: number, { unreadable }: HolderSearch): number | null {
  if (unreadable.length === 0) return null;
  const stat = readStat(pid);
  if (stat.kind !== 'alive') return null;
  const kin = unreadable.find(({ parentPid, session }) => session === stat.session || parentPid === pid);
  return kin?.pid ?? null;
}

/** The inodes of the sockets that a process has open. */
export function socketsOf(pid: number): ReadonlySet<number> | 'unreadable' {
  const inodes = new Set<number>();
  const folder = `/proc/${pid}/fd`;
  try {
    for (const name of readdirSync(folder)) {
      const inode = socketInode(`${folder}/${name}`);
      if (inode !== null) inodes.add(inode);
    }
  } catch (error) {
    // A process that ended meanwhile holds nothing.
    return isGone(error) ? new Set() : 'unreadable';
  }
  return inodes;
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

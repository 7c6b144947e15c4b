import { monotonicMs, yieldToEventLoop } from '../runtime.js';
import { readOpenSockets } from './open-sockets.js';
import { listAllPids, listChildren, listOurPids, sessionOf } from './processes.js';

/** A process that has a socket open. */
interface Owner {
  readonly pid: number;
  readonly incarnation: string;
}

export interface OwnerSearch {
  /** By the id of the socket. */
  readonly owners: ReadonlyMap<string, readonly Owner[]>;
  /** Processes whose descriptors were not read. Each of them may have any of the sockets open, too. */
  readonly unread: UnreadProcesses;
}

interface UnreadProcesses {
  readonly pids: ReadonlySet<number>;
  /** The PID of such a process, by its session. */
  readonly bySession: ReadonlyMap<number, number>;
  /** The PID of a process that may be a relative of any other; null if there is none. */
  readonly anywhere: number | null;
}

/** The walk yields to the event loop after this many milliseconds. */
const LONGEST_STRETCH_MS = 3;

/**
 * Finds the processes that have the given sockets open, among all processes of our user. Each process of another user
 * counts as unread, and so does one of ours whose descriptors may not be read.
 * @param ports the port of each socket, by the id of the socket
 * @returns null if the processes cannot be listed
 */
export async function findSocketOwners(ports: ReadonlyMap<string, number>): Promise<OwnerSearch | null> {
  const owners = new Map<string, Owner[]>();
  const pids = new Set<number>();
  const bySession = new Map<number, number>();
  let anywhere: number | null = null;
  if (ports.size === 0) return { owners, unread: { pids, bySession, anywhere } };
  const [ours, all] = [listOurPids(), listAllPids()];
  if (ours === null || all === null) return null;
  const own = new Set(ours);
  const addUnread = (pid: number, session: number | null): void => {
    pids.add(pid);
    if (session !== null) bySession.set(session, pid);
  };
  let stretchStart = monotonicMs();
  for (const pid of ours) {
    if (monotonicMs() - stretchStart > LONGEST_STRETCH_MS) {
      await yieldToEventLoop();
      stretchStart = monotonicMs();
    }
    const open = readOpenSockets(pid);
    if (open.kind === 'gone') continue;
    if (open.kind === 'other_user' || open.kind === 'denied') addUnread(pid, open.session);
    else if (open.kind === 'unreadable') {
      pids.add(pid);
      anywhere = pid;
    } else {
      for (const { id, port, isListening } of open.sockets.values()) {
        if (!ports.has(id)) continue;
        // The same socket would have the same port in both tables.
        if (!isListening || ports.get(id) !== port) return null;
        const known = owners.get(id) ?? [];
        owners.set(id, [...known, { pid, incarnation: open.incarnation }]);
      }
    }
  }
  for (const pid of all) if (!own.has(pid)) addUnread(pid, sessionOf(pid));
  return { owners, unread: { pids, bySession, anywhere } };
}

/**
 * Finds an unread process that may have inherited the sockets of `pid`: a child of that process, a process in its
 * session, or a process of our user that the kernel hides, of which neither is known.
 */
export function unreadRelativeOf(pid: number, { unread }: OwnerSearch): number | null {
  const session = sessionOf(pid);
  const children = listChildren(pid);
  if (session === null || children === null) return pid;
  return (
    unread.anywhere ??
    unread.bySession.get(session) ??
    children.find((child) => unread.pids.has(child)) ??
    null
  );
}

/** Whether a process has the socket with this id open. False also if it has ended or its descriptors cannot be read. */
export function holdsSocket(pid: number, id: string): boolean {
  const open = readOpenSockets(pid);
  return open.kind === 'read' && open.sockets.has(id);
}

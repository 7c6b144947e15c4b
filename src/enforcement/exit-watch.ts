import type { Observer } from '../machine/machine.js';
import type { KernelSocket } from '../model/evidence.js';
import type { Result } from '../model/result.js';
import type { Interruption } from './interruption.js';

/** A process, and one of its listening sockets. */
export interface Watched {
  readonly pid: number;
  readonly incarnation: string;
  readonly port: number;
  readonly socketId: string;
}

const POLL_MS = 15;

/**
 * Waits until a process has exited and its socket is released. A zombie counts as exited (pitfall 23), and so does a
 * PID that now belongs to a process of another incarnation.
 * @returns false if this did not happen within `timeoutMs`, or before the user interrupted twice
 */
export async function awaitExit(
  observer: Observer,
  watched: Watched,
  timeoutMs: number,
  { isRepeated }: Interruption,
): Promise<boolean> {
  const end = observer.clock.monotonicMs() + timeoutMs;
  for (;;) {
    if (hasExited(observer, watched) && (await isReleased(observer, watched))) return true;
    if (observer.clock.monotonicMs() >= end || isRepeated()) return false;
    await observer.clock.sleep(POLL_MS);
  }
}

/** Waits for the release of the socket of an exited process. @returns false if not released within `timeoutMs` */
export async function awaitRelease(
  observer: Observer,
  watched: Watched,
  timeoutMs: number,
): Promise<boolean> {
  const end = observer.clock.monotonicMs() + timeoutMs;
  while (!(await isReleased(observer, watched))) {
    if (observer.clock.monotonicMs() >= end) return false;
    await observer.clock.sleep(POLL_MS);
  }
  return true;
}

function hasExited(observer: Observer, { pid, incarnation }: Watched): boolean {
  const stat = observer.processes.stat(pid);
  // Our user's process has exited if another user's has its PID.
  return (
    stat.kind === 'gone' ||
    stat.kind === 'other_user' ||
    (stat.kind === 'alive' && stat.incarnation !== incarnation)
  );
}

async function isReleased(observer: Observer, { port, socketId }: Watched): Promise<boolean> {
  const sockets = await listenersOn(observer, port);
  if (!sockets.ok || sockets.value.some((socket) => socket.id === socketId)) return false;
  const isListed = (address: string): boolean =>
    sockets.value.some((socket) => socket.port === port && socket.address === address);
  const lacks = await observer.sockets.lacksListener(port, isListed);
  return lacks.ok && !lacks.value;
}

interface Batch {
  readonly ports: Set<number>;
  readonly sockets: Promise<Result<readonly KernelSocket[]>>;
}

/** The reads of one process: the one that has not begun yet, and the one before. */
interface Reads {
  next: Batch | null;
  last: Promise<unknown>;
}

const readsOf = new WeakMap<Observer, Reads>();

/**
 * Returns the listening sockets on a port, from a read of the kernel's tables that begins after this call. Concurrent
 * callers share one read: a sweep waits for fifty exits at once, and other users can make the tables long.
 */
function listenersOn(observer: Observer, port: number): Batch['sockets'] {
  const reads = readsOf.get(observer) ?? { next: null, last: Promise.resolve() };
  readsOf.set(observer, reads);
  reads.next ??= newBatch(observer, reads);
  reads.next.ports.add(port);
  return reads.next.sockets;
}

function newBatch(observer: Observer, reads: Reads): Batch {
  const ports = new Set<number>();
  const sockets = reads.last.then(() => {
    reads.next = null;
    return observer.sockets.listening((port) => ports.has(port));
  });
  reads.last = sockets;
  return { ports, sockets };
}

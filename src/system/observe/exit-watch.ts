import { setTimeout as sleep } from 'node:timers/promises';
import type { KernelSocket, Reading } from '../../model/evidence.js';
import { listListeningSockets } from './listening-sockets.js';
import { readStat } from './process-table.js';
import { monotonicMs } from './clock.js';

export interface Watched {
  readonly pid: number;
  readonly startTicks: number;
  readonly port: number;
  readonly inode: number;
}

const POLL_MS = 15;

/**
 * Waits until a process has exited and its socket is released. A zombie has exited (pitfall 23), and a process with
 * another start time is another process.
 * @returns false when that did not happen within `timeoutMs`
 */
export async function awaitExit(watched: Watched, timeoutMs: number): Promise<boolean> {
  const end = monotonicMs() + timeoutMs;
  for (;;) {
    if (hasExited(watched) && (await isReleased(watched))) return true;
    if (monotonicMs() >= end) return false;
    await sleep(POLL_MS);
  }
}

/** Waits until the socket of a process that is known to have ended is released. */
export async function awaitRelease(watched: Watched, timeoutMs: number): Promise<boolean> {
  const end = monotonicMs() + timeoutMs;
  while (!(await isReleased(watched))) {
    if (monotonicMs() >= end) return false;
    await sleep(POLL_MS);
  }
  return true;
}

function hasExited({ pid, startTicks }: Watched): boolean {
  const stat = readStat(pid);
  return stat.kind === 'gone' || (stat.kind === 'alive' && stat.startTicks !== startTicks);
}

async function isReleased({ port, inode }: Watched): Promise<boolean> {
  const sockets = await listenersOn(port);
  return sockets.ok && !sockets.value.some((socket) => socket.inode === inode);
}

interface Batch {
  readonly ports: Set<number>;
  readonly sockets: Promise<Reading<readonly KernelSocket[]>>;
}

let nextBatch: Batch | null = null;
let lastReading: Promise<unknown> = Promise.resolve();

/**
 * Who listens on a port, by a reading that begins after this call. All who wait for one share it: other users decide how
 * long the tables are, and a sweep waits for fifty exits at once.
 */
function listenersOn(port: number): Batch['sockets'] {
  nextBatch ??= newBatch();
  nextBatch.ports.add(port);
  return nextBatch.sockets;
}

function newBatch(): Batch {
  const ports = new Set<number>();
  const sockets = lastReading.then(() => {
    nextBatch = null;
    return listListeningSockets((port) => ports.has(port));
  });
  lastReading = sockets;
  return { ports, sockets };
}

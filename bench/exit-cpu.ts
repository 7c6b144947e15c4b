import { readFileSync } from 'node:fs';
import type { Daemon } from '../test/support/daemons.js';
import { median } from './gauges/gauge.js';

const ROUNDS = 5;

/**
 * Measures the CPU time of one daemon from SIGTERM to its exit. Returns the median of several daemons, in milliseconds.
 */
export async function exitCpuMs(start: () => Promise<Daemon>): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const daemon = await start();
    const before = cpuMs(daemon.pid);
    daemon.signal('SIGTERM');
    // Busy loop: Node reaps a child only in the event loop, so the zombie's CPU time can still be read.
    while (!isZombie(daemon.pid));
    times.push(cpuMs(daemon.pid) - before);
    await daemon.exited;
  }
  return median(times);
}

function isZombie(pid: number): boolean {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.startsWith('Z') ?? false;
}

/** Reads the CPU time of a process's first thread, which ends the other threads. The kernel counts in nanoseconds. */
function cpuMs(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
}

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SyncStartReport } from '../../src/sync/status.js';
import { HOSTED } from '../../test/support/hosted.js';
import { createWorld } from '../../test/support/world.js';
import { type Gauge, gauge } from './gauge.js';

const REST_SECONDS = 60;
/** USER_HZ, the unit of CPU times in /proc: one tick is 0.017 % of a minute. */
const TICKS_PER_SECOND = 100;
const MOST_CPU = 0.1;
const MOST_MB = 70;

/** Measures the CPU time and memory of an idle daemon. */
export async function measureAtRest(): Promise<readonly Gauge[]> {
  const world = await createWorld();
  try {
    const { json } = await world.run(['sync', 'start', '--json'], { env: HOSTED });
    const { outcome } = json() as SyncStartReport;
    if (outcome.kind !== 'ready') throw new Error(`no daemon: ${JSON.stringify(outcome)}`);
    const { pid } = outcome.daemon;
    // Wait until the daemon has finished its start.
    await sleep(3000);
    const before = cpuTicks(pid);
    await sleep(REST_SECONDS * 1000);
    const cpu = (100 * (cpuTicks(pid) - before)) / TICKS_PER_SECOND / REST_SECONDS;
    const what = `sync daemon at rest for ${REST_SECONDS} s`;
    return [
      gauge('daemon_at_rest_cpu', what, cpu, '% CPU', MOST_CPU),
      gauge('daemon_at_rest_memory', what, residentMegabytes(pid), 'MB', MOST_MB),
    ];
  } finally {
    await world.close();
  }
}

function cpuTicks(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function residentMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return (Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024) / 1e6;
}

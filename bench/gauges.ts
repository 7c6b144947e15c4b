import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SyncStartReport } from '../src/model/sync-report.js';
import { createWorld } from '../test/support/world.js';

/** Something that is measured once and compared with nothing but its limit. */
export interface Gauge {
  readonly id: string;
  readonly what: string;
  readonly value: number;
  readonly unit: '% CPU' | 'MB';
  readonly most: number;
  readonly met: boolean;
}

const REST_SECONDS = 60;
/** USER_HZ: one tick is 0.017 % of a minute. */
const TICKS_PER_SECOND = 100;
const MOST_CPU = 0.1;
const MOST_MB = 70;

/** The daemon with nothing to do: what it costs to leave it on. */
export async function measureAtRest(): Promise<readonly Gauge[]> {
  const world = await createWorld();
  try {
    const env = { SPEC_KITTY_ENABLE_SAAS_SYNC: '1' };
    const { json } = await world.run(['sync', 'start', '--json'], { env });
    const { outcome } = json() as SyncStartReport;
    if (outcome.kind !== 'ready') throw new Error(`no daemon: ${JSON.stringify(outcome)}`);
    const { pid } = outcome.daemon;
    // Its start is over, and what it needs once is loaded.
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

export function formatGauge({ what, value, unit, most, met }: Gauge): string {
  return `${what}\n  ${value.toFixed(2)} ${unit}; ${met ? 'within' : 'MISSED:'} at most ${most} ${unit}`;
}

function gauge(id: string, what: string, value: number, unit: Gauge['unit'], most: number): Gauge {
  return { id, what, value: Number(value.toFixed(3)), unit, most, met: value <= most };
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

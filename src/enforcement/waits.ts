import type { Machine } from '../machine/machine.js';
import type { Wait } from '../machine/status-line.js';
import { type Family, PORT_RANGES } from '../model/family.js';

/** Says what is waited for, on a terminal, for as long as `work` is under way. */
export async function during<T>({ actor }: Machine, wait: Wait, work: Promise<T>): Promise<T> {
  const end = actor.terminal.showWait(wait);
  try {
    return await work;
  } finally {
    end();
  }
}

/** The wait for a scan. Its answers have a deadline; how long the process table takes depends on the machine. */
export function scanWait(family: Family): Wait {
  const { first, end } = PORT_RANGES[family];
  return { doing: `looking at ports ${first}-${end - 1}: each has up to 0.5 s to answer` };
}

/** The wait for a candidate that is read again before a step. @param probeMs how long it is asked, null if not */
export function revalidationWait(port: number, probeMs: number | null): Wait {
  return probeMs === null
    ? { doing: 'checking', port, then: 'once more' }
    : { doing: 'asking', port, then: 'once more', atMostMs: probeMs };
}

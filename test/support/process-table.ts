import { readFileSync } from 'node:fs';
import { isOnDarwin } from './product.js';

/** A zombie is not alive. */
export function isAlive(pid: number): boolean {
  const state = statOf(pid)?.[0];
  return state !== undefined && state !== 'Z' && state !== 'X';
}

export function argvOf(pid: number): readonly string[] {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
}

export function sessionOf(pid: number): number {
  return Number(statOf(pid)?.[3]);
}

/** The start time in clock ticks since boot, as `pid:PID@START` takes it. */
export function startTicksOf(pid: number): number {
  return Number(statOf(pid)?.[19]);
}

/**
 * What `pid:PID@START` takes on the machine that is tested: on Linux the start time, and on macOS the incarnation as the
 * stand-in of libSystem computes it (fixtures/darwin/libsystem.c).
 */
export function incarnationOf(pid: number): string {
  const ticks = startTicksOf(pid);
  if (!isOnDarwin()) return String(ticks);
  const hash = readFileSync(`/proc/${pid}/cmdline`).reduce(
    (sum, byte) => Math.imul(sum ^ byte, 16_777_619) >>> 0,
    2_166_136_261,
  );
  return `${ticks + 1}.${((hash ^ ticks) | 1) >>> 0}`;
}

/** The fields after the name (state, parent, group, session, …); null when there is no such process. */
function statOf(pid: number): readonly string[] | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name may contain spaces and parentheses.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return null;
  }
}

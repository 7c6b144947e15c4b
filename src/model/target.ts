import type { IdentifiedCandidate } from './candidate.js';
import { isInRange, PORT_RANGES } from './family.js';

/** A listener or process that a user names on the command line. */
export type Target =
  | { readonly kind: 'port'; readonly port: number }
  /**
   * `startTicks`: when the process was started, in clock ticks since boot, so that a later process with the same PID is
   * another target; null if the user gave only the PID.
   */
  | { readonly kind: 'process'; readonly pid: number; readonly startTicks: number | null };

/** Reads a target as a user types it: `9405`, `pid:4711` or `pid:4711@123456`. @returns null if it is none of these */
export function parseTarget(text: string): Target | null {
  const [, pid, startTicks] = /^pid:([1-9]\d{0,9})(?:@(\d{1,15}))?$/.exec(text) ?? [];
  if (pid !== undefined)
    return {
      kind: 'process',
      pid: Number(pid),
      startTicks: startTicks === undefined ? null : Number(startTicks),
    };
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && isInRange(port, 'sync') ? { kind: 'port', port } : null;
}

const { first, end } = PORT_RANGES.sync;

/** What a user may type as a target. */
export const TARGET_FORMS = `a sync port (${first}-${end - 1}) or pid:PID[@START]`;

export function formatTarget(target: Target): string {
  if (target.kind === 'port') return String(target.port);
  return `pid:${target.pid}${target.startTicks === null ? '' : `@${target.startTicks}`}`;
}

/**
 * Returns the target that means the process of a candidate and no later one with its PID; null if the process is not
 * known for certain.
 */
export function processTarget({
  evidence: { holder },
}: Pick<IdentifiedCandidate, 'evidence'>): Extract<Target, { kind: 'process' }> | null {
  if (holder.kind !== 'known') return null;
  const { pid, startTicks } = holder.process;
  return { kind: 'process', pid, startTicks };
}

/** Whether a candidate is what a target names. A start time that is not known for certain does not match. */
export function isNamedBy(
  target: Target,
  candidate: Pick<IdentifiedCandidate, 'identity' | 'evidence'>,
): boolean {
  if (target.kind === 'port') return candidate.identity.port === target.port;
  if (candidate.identity.pid !== target.pid) return false;
  return target.startTicks === null || processTarget(candidate)?.startTicks === target.startTicks;
}

import type { IdentifiedCandidate } from './candidate.js';
import { isInRange, PORT_RANGES } from './family.js';

/** A listener or process that a user names on the command line. */
export type Target =
  | { readonly kind: 'port'; readonly port: number }
  /**
   * `incarnation`: tells the process from a later one with the same PID, which is another target; null if the user gave
   * only the PID.
   */
  | { readonly kind: 'process'; readonly pid: number; readonly incarnation: string | null };

/**
 * Reads a target as a user types it: `9405`, `pid:4711`, `pid:4711@123456` or, on a system whose incarnations have two
 * numbers, `pid:4711@123456.7`.
 * @returns null if it is none of these
 */
export function parseTarget(text: string): Target | null {
  const [, pid, incarnation] = /^pid:([1-9]\d{0,9})(?:@(\d{1,20}(?:\.\d{1,10})?))?$/.exec(text) ?? [];
  if (pid !== undefined) return { kind: 'process', pid: Number(pid), incarnation: incarnation ?? null };
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && isInRange(port, 'sync') ? { kind: 'port', port } : null;
}

const { first, end } = PORT_RANGES.sync;

/** What a user may type as a target. */
export const TARGET_FORMS = `a sync port (${first}-${end - 1}) or pid:PID[@START]`;

export function formatTarget(target: Target): string {
  if (target.kind === 'port') return String(target.port);
  return `pid:${target.pid}${target.incarnation === null ? '' : `@${target.incarnation}`}`;
}

/**
 * Returns the target that means the process of a candidate and no later one with its PID; null if the process is not
 * known for certain.
 */
export function processTarget({
  evidence: { holder },
}: Pick<IdentifiedCandidate, 'evidence'>): Extract<Target, { kind: 'process' }> | null {
  if (holder.kind !== 'known') return null;
  const { pid, incarnation } = holder.process;
  return { kind: 'process', pid, incarnation };
}

/** Whether a candidate is what a target names. An incarnation that is not known for certain does not match. */
export function isNamedBy(
  target: Target,
  candidate: Pick<IdentifiedCandidate, 'identity' | 'evidence'>,
): boolean {
  if (target.kind === 'port') return candidate.identity.port === target.port;
  if (candidate.identity.pid !== target.pid) return false;
  return target.incarnation === null || processTarget(candidate)?.incarnation === target.incarnation;
}

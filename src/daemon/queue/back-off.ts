import { type DrainEnd, type DrainOutcome, isPassing, type QueueScope } from '../../model/queue.js';
import { credentialsOf } from './credentials.js';
import { LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS } from './limits.js';

/** When the next drain may be. Pure data: the daemon keeps it from one drain to the next. */
export interface BackOff {
  /** Drains in a row after which something was left to try again. */
  readonly failures: number;
  /** How long to wait after the last drain, in milliseconds. */
  readonly pauseMs: number;
  /** Credentials that the server refused: nothing is sent with them again. */
  readonly refused: string | null;
}

export const NO_BACK_OFF: BackOff = { failures: 0, pauseMs: 0, refused: null };

/**
 * What follows from a drain: 1 s, then twice as long each time, to at most 30 s; from the start after a success. After
 * an error that no waiting mends there is nothing to wait for: the queue is tried again when the daemon next looks.
 */
export function backOffAfter(before: BackOff, { end, counts }: DrainOutcome): BackOff {
  const refused = end.kind === 'refused' ? end.credentials : before.refused;
  if (needsRepair(end)) return { failures: before.failures + 1, pauseMs: 0, refused };
  const again = counts.kept + counts.retried + counts.unanswered + counts.changed > 0;
  const failed = end.kind === 'upload_failed' || end.kind === 'queue_failed';
  if (!again && !failed) return { failures: 0, pauseMs: 0, refused };
  const failures = (counts.acknowledged > 0 ? 0 : before.failures) + 1;
  const pauseMs = Math.min(SHORTEST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS);
  return { failures, pauseMs, refused };
}

/** A queue file that stays unusable until somebody repairs it. */
export function needsRepair(end: DrainEnd): boolean {
  return end.kind === 'queue_failed' && !isPassing(end);
}

/**
 * Whether the next drain may be now.
 * @param sinceMs how long ago the last one ended
 */
export function mayDrain({ pauseMs, refused }: BackOff, scope: QueueScope, sinceMs: number): boolean {
  if (scope.kind === 'ready' && refused === credentialsOf(scope)) return false;
  return sinceMs >= pauseMs;
}

import type { Machine } from '../machine/machine.js';
import type { Timer } from '../machine/runtime.js';
import { credentialsOf } from './account.js';
import { drain } from './drain.js';
import {
  type DrainEnd,
  type DrainOutcome,
  isPassing,
  LONGEST_PAUSE_MS,
  type QueueScope,
  SHORTEST_PAUSE_MS,
} from './queue.js';

/** What a daemon does: it drains the queue of its root. */
export interface Work {
  /** Drains now, if it may; while a drain is under way, once more after it. */
  wake(): void;
  /** True exactly while a batch of events is in flight. */
  isInFlight(): boolean;
  /** How long there has been nothing to do, in milliseconds; 0 while there is. */
  idleMs(): number;
  readonly last: { readonly at: Date | null; readonly failures: number };
  /** Ends between two batches. One that is in flight has `graceMs`; then it is given up, and its events stay. */
  stop(graceMs: number): Promise<void>;
}

export interface WorkOptions {
  readonly root: string;
  readonly readScope: () => QueueScope;
  /** Told after each drain that did or could not do something. */
  readonly onDrained: (outcome: DrainOutcome, at: Date) => void;
}

export function startWork(machine: Machine, { root, readScope, onDrained }: WorkOptions): Work {
  const stop = new AbortController();
  const abandon = new AbortController();
  let backOff: BackOff = NO_BACK_OFF;
  let inFlight = false;
  let idleSince = machine.observer.clock.monotonicMs();
  let endedAt = -Infinity;
  let underWay: Promise<void> | null = null;
  let wanted = false;
  let retry: Timer | undefined;
  const last: { at: Date | null; failures: number } = { at: null, failures: 0 };

  async function run(): Promise<void> {
    const outcome = await drain(machine, {
      root,
      readScope,
      onBatch: (isSet) => {
        inFlight = isSet;
      },
      stop: stop.signal,
      abandon: abandon.signal,
    });
    endedAt = machine.observer.clock.monotonicMs();
    backOff = backOffAfter(backOff, outcome);
    const leftToDo = backOff.pauseMs > 0;
    // A queue that cannot be written would be uploaded again and again, and count as work each time.
    const worked = outcome.counts.requests > 0 && !needsRepair(outcome.end);
    if (worked || leftToDo) idleSince = endedAt;
    if (outcome.counts.requests > 0 || outcome.end.kind !== 'drained') {
      last.at = machine.observer.clock.now();
      last.failures = backOff.failures;
      onDrained(outcome, last.at);
    }
    if (leftToDo && !stop.signal.aborted) retry = machine.observer.clock.after(backOff.pauseMs, tryAgain);
  }

  /** The pause is over, whatever the clock says: a timer may be early by a fraction of a millisecond. */
  function tryAgain(): void {
    endedAt = -Infinity;
    wake();
  }

  function wake(): void {
    if (stop.signal.aborted) return;
    if (underWay) {
      wanted = true;
      return;
    }
    if (!mayDrain(backOff, readScope(), machine.observer.clock.monotonicMs() - endedAt)) return;
    retry?.cancel();
    wanted = false;
    underWay = run().finally(() => {
      underWay = null;
      if (wanted) wake();
    });
  }

  return {
    wake,
    isInFlight: () => inFlight,
    // Events that wait for their next try are something to do; those that wait for the user are not, nor is a queue file
    // that somebody has to repair.
    idleMs: () => (underWay || backOff.pauseMs > 0 ? 0 : machine.observer.clock.monotonicMs() - idleSince),
    last,
    async stop(graceMs) {
      stop.abort();
      retry?.cancel();
      const timer = machine.observer.clock.after(graceMs, () => {
        abandon.abort();
      });
      await underWay;
      timer.cancel();
    },
  };
}

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
function needsRepair(end: DrainEnd): boolean {
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

import type { Machine } from '../machine/machine.js';
import type { Timer } from '../machine/runtime.js';
import type { QueueFailure } from '../machine/sqlite.js';
import { credentialsOf, type QueueScope } from './account.js';
import { drain, type DrainEnd, type DrainOutcome } from './drain.js';

/** Limits of the pause after a drain that left something to retry. */
const MAX_PAUSE_MS = 30_000;
const MIN_PAUSE_MS = 1000;

/**
 * A loop that drains the queue of one root at each `wake`, and again after a back-off if there is something to retry.
 */
export interface DrainLoop {
  /** Starts a drain unless the back-off forbids it. During a drain, schedules one more drain after it. */
  wake(): void;
  /** Whether a batch of events is in flight. */
  isInFlight(): boolean;
  /** Returns the milliseconds since the last work; 0 during a drain and while a retry is pending. */
  idleMs(): number;
  readonly last: { readonly at: Date | null; readonly failures: number };
  /**
   * Stops the loop after the batch in flight. A request that is still in flight after `graceMs` is aborted; its events
   * stay in the queue.
   */
  stop(graceMs: number): Promise<void>;
}

export interface DrainLoopOptions {
  readonly root: string;
  readonly readScope: () => QueueScope;
  /** Called after each drain that sent a request or did not reach the end of the queue. */
  readonly onDrained: (outcome: DrainOutcome, at: Date) => void;
}

export function startDrainLoop(
  machine: Machine,
  { root, readScope, onDrained }: DrainLoopOptions,
): DrainLoop {
  const stop = new AbortController();
  const abandon = new AbortController();
  let backOff: BackOff = NO_BACK_OFF;
  let isInFlight = false;
  let idleSince = machine.observer.clock.monotonicMs();
  let endedAt = -Infinity;
  let current: Promise<void> | null = null;
  let isWakePending = false;
  let retry: Timer | undefined;
  const last: { at: Date | null; failures: number } = { at: null, failures: 0 };

  async function run(): Promise<void> {
    const outcome = await drain(machine, {
      root,
      readScope,
      onInFlightChange: (value) => {
        isInFlight = value;
      },
      stop: stop.signal,
      abandon: abandon.signal,
    });
    endedAt = machine.observer.clock.monotonicMs();
    backOff = backOffAfter(backOff, outcome);
    const hasRetry = backOff.pauseMs > 0;
    // The events of an unwritable queue are uploaded again at every tick. If these uploads counted as work, the daemon
    // would never retire for idleness.
    const hasWorked = outcome.counts.requests > 0 && !needsRepair(outcome.end);
    if (hasWorked || hasRetry) idleSince = endedAt;
    if (outcome.counts.requests > 0 || outcome.end.kind !== 'drained') {
      last.at = machine.observer.clock.now();
      last.failures = backOff.failures;
      onDrained(outcome, last.at);
    }
    if (hasRetry && !stop.signal.aborted)
      retry = machine.observer.clock.after(backOff.pauseMs, retryAfterPause);
  }

  /** Wakes the loop as if the pause were over, because a timer may fire a fraction of a millisecond before its end. */
  function retryAfterPause(): void {
    endedAt = -Infinity;
    wake();
  }

  function wake(): void {
    if (stop.signal.aborted) return;
    if (current) {
      isWakePending = true;
      return;
    }
    if (!mayDrain(backOff, readScope(), machine.observer.clock.monotonicMs() - endedAt)) return;
    retry?.cancel();
    isWakePending = false;
    current = run().finally(() => {
      current = null;
      if (isWakePending) wake();
    });
  }

  return {
    wake,
    isInFlight: () => isInFlight,
    // A pending retry counts as work. Events that wait for the user, and a queue file that needs repair, do not.
    idleMs: () => (current || backOff.pauseMs > 0 ? 0 : machine.observer.clock.monotonicMs() - idleSince),
    last,
    async stop(graceMs) {
      stop.abort();
      retry?.cancel();
      const timer = machine.observer.clock.after(graceMs, () => {
        abandon.abort();
      });
      await current;
      timer.cancel();
    },
  };
}

/** The state that determines when the next drain may start. The loop keeps this state from one drain to the next. */
export interface BackOff {
  /** Consecutive drains that left something to retry. */
  readonly failures: number;
  /** Pause after the last drain, in milliseconds. */
  readonly pauseMs: number;
  /** Digest of the credentials that the server refused (`credentialsOf`): nothing is sent with them again. */
  readonly refused: string | null;
}

export const NO_BACK_OFF: BackOff = { failures: 0, pauseMs: 0, refused: null };

/**
 * Calculates the back-off after a drain. The pause starts at 1 s and doubles to at most 30 s; an acknowledged event
 * resets the pause. After an error that waiting cannot resolve there is no pause: the daemon drains again at its next
 * tick. Pure.
 */
export function backOffAfter(before: BackOff, { end, counts }: DrainOutcome): BackOff {
  const refused = end.kind === 'refused' ? end.credentials : before.refused;
  if (needsRepair(end)) return { failures: before.failures + 1, pauseMs: 0, refused };
  const hasLeftovers = counts.kept + counts.retried + counts.unanswered + counts.changed > 0;
  const hasFailed = end.kind === 'upload_failed' || end.kind === 'queue_failed';
  if (!hasLeftovers && !hasFailed) return { failures: 0, pauseMs: 0, refused };
  const failures = (counts.acknowledged > 0 ? 0 : before.failures) + 1;
  const pauseMs = Math.min(MIN_PAUSE_MS * 2 ** (failures - 1), MAX_PAUSE_MS);
  return { failures, pauseMs, refused };
}

/** Whether the queue file is unusable until the user repairs it. */
function needsRepair(end: DrainEnd): boolean {
  return end.kind === 'queue_failed' && !isTransient(end);
}

/** Whether a queue failure may resolve itself. Any other failure needs the user, so no retry is scheduled after it. */
function isTransient({ cause }: QueueFailure): boolean {
  return cause === 'locked' || cause === 'exhausted';
}

/**
 * Whether a drain may start: the pause is over, and the server has not refused the current credentials.
 * @param sinceMs milliseconds since the last drain ended
 */
export function mayDrain({ pauseMs, refused }: BackOff, scope: QueueScope, sinceMs: number): boolean {
  if (scope.kind === 'ready' && refused === credentialsOf(scope)) return false;
  return sinceMs >= pauseMs;
}

import type { DrainOutcome } from '../model/queue.js';
import { type BackOff, backOffAfter, mayDrain, needsRepair, NO_BACK_OFF } from './queue/back-off.js';
import { drain } from './queue/drain.js';
import type { QueueScope } from '../model/queue.js';
import { monotonicMs } from '../system/observe/clock.js';

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

export function startWork({ root, readScope, onDrained }: WorkOptions): Work {
  const stop = new AbortController();
  const abandon = new AbortController();
  let backOff: BackOff = NO_BACK_OFF;
  let inFlight = false;
  let idleSince = monotonicMs();
  let endedAt = -Infinity;
  let underWay: Promise<void> | null = null;
  let wanted = false;
  let retry: NodeJS.Timeout | undefined;
  const last: { at: Date | null; failures: number } = { at: null, failures: 0 };

  async function run(): Promise<void> {
    const outcome = await drain({
      root,
      readScope,
      onBatch: (isSet) => {
        inFlight = isSet;
      },
      stop: stop.signal,
      abandon: abandon.signal,
    });
    endedAt = monotonicMs();
    backOff = backOffAfter(backOff, outcome);
    const leftToDo = backOff.pauseMs > 0;
    // A queue that cannot be written would be uploaded again and again, and count as work each time.
    const worked = outcome.counts.requests > 0 && !needsRepair(outcome.end);
    if (worked || leftToDo) idleSince = endedAt;
    if (outcome.counts.requests > 0 || outcome.end.kind !== 'drained') {
      last.at = new Date();
      last.failures = backOff.failures;
      onDrained(outcome, last.at);
    }
    if (leftToDo && !stop.signal.aborted) retry = setTimeout(tryAgain, backOff.pauseMs);
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
    if (!mayDrain(backOff, readScope(), monotonicMs() - endedAt)) return;
    clearTimeout(retry);
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
    idleMs: () => (underWay || backOff.pauseMs > 0 ? 0 : monotonicMs() - idleSince),
    last,
    async stop(graceMs) {
      stop.abort();
      clearTimeout(retry);
      const timer = setTimeout(() => {
        abandon.abort();
      }, graceMs);
      await underWay;
      clearTimeout(timer);
    },
  };
}

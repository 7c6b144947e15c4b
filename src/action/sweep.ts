import type { JudgedCandidate } from '../model/candidate.js';
import type { Observer } from '../model/evidence.js';
import type { Disposition, Ledger, LedgerEntry, Plan, Refusal } from '../model/outcome.js';
import { type ProcessHold, raiseFence } from '../system/change/process-hold.js';
import { mayWeSignal } from '../system/change/signal.js';
import { type LookAgain, retire } from './retire.js';

/** Called after each target, for a progress display. */
export type OnProgress = (done: number, total: number) => void;

/**
 * Carries out a plan, all targets at once, so that a sweep takes as long as its slowest daemon and no longer.
 * Every candidate of the plan is in exactly one bucket of the ledger (FR-005); trouble with one is its own entry and
 * stops nobody else (pitfall 24).
 */
export async function sweep(
  plan: Plan,
  observer: Observer,
  lookAgain: LookAgain,
  onProgress: OnProgress,
): Promise<Ledger> {
  let done = 0;
  const fence = await raiseFence();
  const held = plan.targets.map((candidate) => ({ candidate, hold: fence.hold(candidate.identity.pid ?? 0) }));
  const swept = await Promise.all(
    held.map(async ({ candidate, hold }) => {
      const disposition = await retireOrReport(candidate, hold, observer, lookAgain);
      hold.release();
      onProgress(++done, plan.targets.length);
      return { candidate, disposition };
    }),
  );
  const skipped = plan.skipped.map(({ candidate, refusal }) => ({
    candidate,
    disposition: { bucket: 'skipped' as const, ...refusal },
  }));
  const refused = plan.refused.map(({ candidate, refusal }) => ({
    candidate,
    disposition: {
      bucket: 'failed' as const,
      reason: refusal.reason,
      detail: withSystemsAnswer(candidate, refusal),
    },
  }));
  return inPortOrder([...swept, ...skipped, ...refused]);
}

async function retireOrReport(
  candidate: JudgedCandidate,
  hold: ProcessHold,
  observer: Observer,
  lookAgain: LookAgain,
): Promise<Disposition> {
  try {
    return await retire(candidate, hold, observer, lookAgain);
  } catch (error) {
    return { bucket: 'failed', reason: 'internal_error', detail: String(error) };
  }
}

/** For another user's daemon the system is asked what it would have said: the operator then knows whose it is to do. */
function withSystemsAnswer({ identity: { pid } }: JudgedCandidate, { reason, detail }: Refusal): string {
  if (reason !== 'other_user' || pid === null) return detail;
  const answer = mayWeSignal(pid);
  return `${detail}; the system says ${answer.sent ? 'that we may, and we still do not' : answer.code}`;
}

function inPortOrder(entries: readonly LedgerEntry[]): Ledger {
  return entries.toSorted((one, other) => one.candidate.identity.port - other.candidate.identity.port);
}

import type { JudgedCandidate } from '../model/candidate.js';
import type { Observer } from '../model/evidence.js';
import type { Plan, RefusalReason } from '../model/outcome.js';
import type { CleanupClass } from '../model/verdict.js';
import { envelope } from './envelope.js';

/** What `auth doctor --reset` may act on (design: "Action"). */
export const RESET_CLASSES = ['safe_auto', 'operator_required'] as const satisfies readonly CleanupClass[];
export type ResetClass = (typeof RESET_CLASSES)[number];

/**
 * Decides what a reset will do about each candidate. Pure; each candidate lands in exactly one place.
 * @param only the classes that are to be acted on
 */
export function planReset(
  candidates: readonly JudgedCandidate[],
  only: readonly ResetClass[],
  observer: Observer,
): Plan {
  const targets: JudgedCandidate[] = [];
  const skipped: Plan['skipped'][number][] = [];
  const refused: Plan['refused'][number][] = [];
  for (const candidate of candidates) {
    const { cleanupClass, reason } = candidate.verdict;
    if (!only.some((wanted) => wanted === cleanupClass)) {
      skipped.push({
        candidate,
        refusal: { reason: reason ?? 'not_selected', detail: `${cleanupClass} is not acted on` },
      });
      continue;
    }
    const refusal = envelope(candidate, observer);
    if (!refusal) targets.push(candidate);
    else if (isRightlyLeftAlone(refusal.reason)) skipped.push({ candidate, refusal });
    else refused.push({ candidate, refusal });
  }
  return { targets, skipped, refused };
}

/** A daemon that is, or may be, in use somewhere is skipped; every other refusal is a failure to do what was asked. */
export function isRightlyLeftAlone(reason: RefusalReason): boolean {
  return reason === 'recorded_singleton' || reason === 'live_in_other_root' || reason === 'singleton_unknown';
}

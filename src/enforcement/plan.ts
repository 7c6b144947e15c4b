import type { JudgedCandidate } from '../model/candidate.js';
import type { Entrypoint, Plan, Refusal, RefusalReason } from '../model/outcome.js';
import type { ScanContext } from '../model/scan.js';
import type { CleanupClass } from '../model/verdict.js';
import { refusalFor, refusalAsLive } from './guard.js';

/** What `auth doctor --reset` may act on (design: "Action"). */
export const RESET_CLASSES = ['safe_auto', 'operator_required'] as const satisfies readonly CleanupClass[];
export type ResetClass = (typeof RESET_CLASSES)[number];

/** Who wants something done, and to whom. */
export interface TargetSelection {
  readonly entrypoint: Entrypoint;
  readonly wants: (candidate: JudgedCandidate) => boolean;
}

/** @param only the classes that are to be acted on */
export function selectForReset(only: readonly ResetClass[]): TargetSelection {
  return {
    entrypoint: 'reset',
    wants: ({ verdict }) => only.some((wanted) => wanted === verdict.cleanupClass),
  };
}

/** Startup acts on `safe_auto` and nothing else (FR-006). */
export const STARTUP_TARGETS: TargetSelection = {
  entrypoint: 'startup',
  wants: ({ verdict }) => verdict.cleanupClass === 'safe_auto',
};

export const STOP_TARGETS: TargetSelection = {
  entrypoint: 'stop',
  wants: ({ facts }) => facts.recorded_singleton === 'yes',
};

/** Starting a dashboard retires what is provably left of earlier ones of its project, and nothing else. */
export const DASHBOARD_START_TARGETS: TargetSelection = {
  entrypoint: 'dashboard_start',
  wants: ({ verdict }) => verdict.cleanupClass === 'safe_auto',
};

/** Every dashboard of this project, the recorded one among them. */
export const DASHBOARD_STOP_TARGETS: TargetSelection = {
  entrypoint: 'dashboard_stop',
  wants: ({ facts }) => facts.root_marker === 'same',
};

/**
 * Decides what will be done about each candidate. Pure; each candidate lands in exactly one place. A socket is judged,
 * and a process ends: one that is in use for any of its sockets is spared for all of them, except by who means to stop
 * that very one.
 */
export function planFor(
  { entrypoint, wants }: TargetSelection,
  candidates: readonly JudgedCandidate[],
  context: ScanContext,
): Plan {
  const targets: JudgedCandidate[] = [];
  const skipped: Plan['skipped'][number][] = [];
  const refused: Plan['refused'][number][] = [];
  const live = isStop(entrypoint) ? NOBODY : whyLiveByProcess(candidates, context);
  for (const candidate of candidates) {
    if (!wants(candidate)) {
      const { cleanupClass, reason } = candidate.verdict;
      const detail = `${cleanupClass} is not acted on`;
      skipped.push({ candidate, refusal: { reason: reason ?? 'not_selected', detail } });
      continue;
    }
    const refusal = refusalFor(candidate, entrypoint, context) ?? live.get(candidate.identity.pid) ?? null;
    if (!refusal) targets.push(candidate);
    else if (isSkipReason(refusal.reason)) skipped.push({ candidate, refusal });
    else refused.push({ candidate, refusal });
  }
  return { entrypoint, targets, skipped, refused };
}

const NOBODY: ReadonlyMap<number | null, Refusal> = new Map();

/** Whether it is meant for a daemon in use. */
export function isStop(entrypoint: Entrypoint): boolean {
  return entrypoint === 'stop' || entrypoint === 'dashboard_stop';
}

function whyLiveByProcess(
  candidates: readonly JudgedCandidate[],
  context: ScanContext,
): ReadonlyMap<number | null, Refusal> {
  const live = new Map<number | null, Refusal>();
  for (const candidate of candidates) {
    const { pid, port } = candidate.identity;
    const refusal = pid === null ? null : refusalAsLive(candidate, context);
    if (refusal) live.set(pid, { ...refusal, detail: `${refusal.detail}, by its socket on ${port}` });
  }
  return live;
}

/** A daemon that is, or may be, in use somewhere is skipped; every other refusal is a failure to do what was asked. */
export function isSkipReason(reason: RefusalReason): boolean {
  return RIGHTLY_LEFT_ALONE.includes(reason);
}

const RIGHTLY_LEFT_ALONE: readonly RefusalReason[] = [
  'recorded_singleton',
  'live_in_other_root',
  'singleton_unknown',
  'kept_busy',
  'perhaps_busy',
  'suspended',
];

import type { JudgedCandidate } from '../model/candidate.js';
import type { Entrypoint, Plan, RefusalReason, Skip } from '../model/outcome.js';
import type { ScanContext } from '../model/scan.js';
import { processTarget } from '../model/target.js';
import type { CleanupClass } from '../model/verdict.js';
import { livenessRefusal, refusalFor } from './guard.js';

/** The classes that `auth doctor --reset` may retire (FR-009). */
export const RESET_CLASSES = ['safe_auto', 'operator_required'] as const satisfies readonly CleanupClass[];
export type ResetClass = (typeof RESET_CLASSES)[number];

/** The candidates that an entrypoint intends to retire, before the guard checks them. */
export interface TargetSelection {
  readonly entrypoint: Entrypoint;
  readonly selects: (candidate: JudgedCandidate) => boolean;
  /** Says why a candidate is not selected; null, or no such function, if its class is the reason. */
  readonly whyNotSelected?: (candidate: JudgedCandidate) => Skip | null;
}

/** Returns the selection of a reset. @param only the classes to retire */
export function selectForReset(only: readonly ResetClass[]): TargetSelection {
  return {
    entrypoint: 'reset',
    selects: ({ verdict }) => only.some((selected) => selected === verdict.cleanupClass),
  };
}

/**
 * Returns the selection of a reset whose user was asked about daemons and confirmed them: the proven orphans, and the
 * confirmed daemons as long as they are what was confirmed, so the same processes on the same ports for the same reason.
 */
export function selectConfirmed(confirmed: readonly JudgedCandidate[]): TargetSelection {
  const isConfirmed = (candidate: JudgedCandidate): boolean =>
    candidate.verdict.cleanupClass === 'operator_required' &&
    confirmed.some((one) => isUnchanged(one, candidate));
  return {
    entrypoint: 'reset',
    selects: (candidate) => candidate.verdict.cleanupClass === 'safe_auto' || isConfirmed(candidate),
    whyNotSelected: ({ verdict: { cleanupClass } }) =>
      cleanupClass === 'operator_required'
        ? { reason: 'not_selected', detail: 'you were not asked about it as it is now' }
        : null,
  };
}

function isUnchanged(confirmed: JudgedCandidate, now: JudgedCandidate): boolean {
  const [before, after] = [processTarget(confirmed), processTarget(now)];
  return (
    before !== null &&
    before.pid === after?.pid &&
    before.incarnation === after.incarnation &&
    confirmed.identity.port === now.identity.port &&
    confirmed.verdict.reason === now.verdict.reason
  );
}

/**
 * Limits a selection to the candidates that the user named. It never becomes wider: a named candidate that the
 * selection does not select is not selected.
 */
export function limitedTo(selection: TargetSelection, named: readonly JudgedCandidate[]): TargetSelection {
  return {
    entrypoint: selection.entrypoint,
    selects: (candidate) => named.includes(candidate) && selection.selects(candidate),
    whyNotSelected: () => ({ reason: 'not_selected', detail: 'it is none of the targets of this command' }),
  };
}

/** The selection of startup: `safe_auto` only (FR-006). */
export const STARTUP_TARGETS: TargetSelection = {
  entrypoint: 'startup',
  selects: ({ verdict }) => verdict.cleanupClass === 'safe_auto',
};

/** The selection of `sync stop`: only the daemon that the state file of this root names. */
export const STOP_TARGETS: TargetSelection = {
  entrypoint: 'stop',
  selects: ({ facts }) => facts.recorded_singleton === 'yes',
};

/** The selection of a dashboard start: `safe_auto` only, the proven orphans of the same project. */
export const DASHBOARD_START_TARGETS: TargetSelection = {
  entrypoint: 'dashboard_start',
  selects: ({ verdict }) => verdict.cleanupClass === 'safe_auto',
};

/** The selection of `dashboard --stop`: every dashboard of this project, including the live one. */
export const DASHBOARD_STOP_TARGETS: TargetSelection = {
  entrypoint: 'dashboard_stop',
  selects: ({ facts }) => facts.root_marker === 'same',
};

/**
 * Decides for each candidate whether it is a target, skipped or refused. Pure. Each candidate is in exactly one list.
 * A verdict is about a socket, but a signal ends the whole process. So a process that shares one of its sockets is
 * skipped for all of them; and unless the command stops live daemons, so is a process that is live on one, or has one
 * that is `never_touch`. The plan is the first stage of src/enforce.ts; every later stage can still spare a target.
 */
export function planFor(
  { entrypoint, selects, whyNotSelected }: TargetSelection,
  candidates: readonly JudgedCandidate[],
  context: ScanContext,
): Plan {
  const targets: JudgedCandidate[] = [];
  const skipped: Plan['skipped'][number][] = [];
  const refused: Plan['refused'][number][] = [];
  const spared = reasonsToSpareByPid(entrypoint, candidates, context);
  for (const candidate of candidates) {
    if (!selects(candidate)) {
      skipped.push({ candidate, refusal: whyNotSelected?.(candidate) ?? classNotSelected(candidate) });
      continue;
    }
    const refusal = refusalFor(candidate, entrypoint, context);
    const spare = refusal ? undefined : spared.get(candidate.identity.pid);
    if (spare) skipped.push({ candidate, refusal: spare });
    else if (!refusal) targets.push(candidate);
    else if (isSkipReason(refusal.reason)) skipped.push({ candidate, refusal });
    else refused.push({ candidate, refusal });
  }
  return { entrypoint, targets, skipped, refused };
}

function classNotSelected({ verdict: { cleanupClass, reason } }: JudgedCandidate): Skip {
  return { reason: reason ?? 'not_selected', detail: `this command does not act on ${cleanupClass}` };
}

/** Whether an entrypoint is meant to stop a daemon in use. */
export function stopsLiveDaemons(entrypoint: Entrypoint): boolean {
  return entrypoint === 'stop' || entrypoint === 'dashboard_stop';
}

/** Returns, by PID, why a process is left alone for the sake of one of its sockets. */
function reasonsToSpareByPid(
  entrypoint: Entrypoint,
  candidates: readonly JudgedCandidate[],
  context: ScanContext,
): ReadonlyMap<number | null, Skip> {
  const spared = new Map<number | null, Skip>();
  for (const candidate of candidates) {
    const { identity, verdict } = candidate;
    const { holder } = candidate.evidence;
    const { pid, port } = identity;
    if (holder.kind === 'ambiguous') {
      const detail = `a signal ends the whole process, and on port ${port} ${holder.why}`;
      for (const owner of holder.pids) spared.set(owner, { reason: 'missing_pid', detail });
    }
    if (pid === null || stopsLiveDaemons(entrypoint)) continue;
    const live = livenessRefusal(candidate, context);
    if (live) spared.set(pid, { ...live, detail: `${live.detail}, by its socket on port ${port}` });
    else if (verdict.cleanupClass === 'never_touch')
      spared.set(pid, {
        reason: verdict.reason ?? 'not_selected',
        detail: `a signal ends the whole process, and its socket on port ${port} is never_touch`,
      });
  }
  return spared;
}

/**
 * Whether a refusal means that the candidate is, or may be, in use. Such a candidate is `skipped`, as intended. With
 * any other refusal a candidate is `failed`, because the command could not do what was asked.
 */
export function isSkipReason(reason: RefusalReason): boolean {
  return SKIP_REASONS.includes(reason);
}

const SKIP_REASONS: readonly RefusalReason[] = [
  'recorded_singleton',
  'live_in_other_root',
  'singleton_unknown',
  'kept_busy',
  'perhaps_busy',
  'suspended',
];

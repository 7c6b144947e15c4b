import type { JudgedCandidate } from './candidate.js';
import type { CleanupClass } from './verdict.js';

/** Who wants something done (design: "Action"); each may do less than the next. */
export type Entrypoint = 'startup' | 'reset' | 'stop' | 'dashboard_start' | 'dashboard_stop';

/** Why the safety envelope stands in front of a candidate, whatever the policy says. */
export type RefusalReason =
  | 'out_of_range'
  | 'other_family'
  | 'other_project'
  | 'missing_pid'
  | 'other_user'
  | 'protected_process'
  | 'identity_unreadable'
  | 'recorded_singleton'
  | 'live_in_other_root'
  | 'singleton_unknown'
  | 'not_proven'
  | 'not_recorded'
  | 'changed_since_judged'
  /** It does not answer, and somebody else's connection to it may be the reason. */
  | 'kept_busy'
  /** It does not answer, and is not proven to be stuck. */
  | 'perhaps_busy'
  /** It does not answer because it is stopped, traced or frozen. */
  | 'suspended';

export interface Refusal {
  readonly reason: RefusalReason;
  readonly detail: string;
}

/** What is to be done about each candidate: it is in exactly one of the three. `--dry-run` prints it. */
export interface Plan {
  readonly entrypoint: Entrypoint;
  readonly targets: readonly JudgedCandidate[];
  /** Left alone, and rightly so. */
  readonly skipped: readonly { readonly candidate: JudgedCandidate; readonly refusal: Skip }[];
  /** Wanted, and refused by the envelope before anything was tried. */
  readonly refused: readonly { readonly candidate: JudgedCandidate; readonly refusal: Refusal }[];
}

/** Why a candidate is left alone: the policy's reason, `not_selected`, or the envelope's. */
interface Skip {
  readonly reason: string;
  readonly detail: string;
}

/**
 * How a process is kept the same between the last look and the signal: by a descriptor that stands for it, or not at
 * all; then it can be asked to leave, and is never signalled.
 */
export interface HandleSupport {
  readonly kind: 'pidfd' | 'none';
  /** Why there is none. */
  readonly why: string | null;
}

export type CleanupPath = 'http_shutdown' | 'terminate' | 'kill' | 'already_gone';

/** Why a daemon that was to go did not. */
type FailureReason =
  | RefusalReason
  | 'not_permitted'
  | 'still_running'
  | 'cannot_hold'
  | 'socket_still_held'
  | 'journal_unwritable'
  | 'internal_error';

/** What became of one candidate (FR-005). Swept means that the exit was observed and the socket is released. */
export type Outcome =
  | { readonly bucket: 'swept'; readonly path: CleanupPath }
  | { readonly bucket: 'skipped'; readonly reason: string; readonly detail: string }
  | { readonly bucket: 'failed'; readonly reason: FailureReason; readonly detail: string };

export interface ResetEntry {
  readonly candidate: JudgedCandidate;
  readonly outcome: Outcome;
}

/** One entry for every in-range candidate (design: "Ledger"). */
export type ResetResult = readonly ResetEntry[];

/** What became of a state file that names nobody. */
export type ClearedStateFile =
  | { readonly kind: 'kept' }
  | { readonly kind: 'cleared'; readonly path: string; readonly port: number }
  | { readonly kind: 'failed'; readonly path: string; readonly why: string };

export interface SweptEntry {
  readonly pid: number | null;
  /**
   * @minimum 9237
   * @maximum 9449
   */
  readonly port: number;
  readonly package_version: string | null;
  readonly protocol_version: number | null;
  readonly cleanup_path: CleanupPath;
  readonly reason: string;
}

export interface SkippedEntry {
  readonly pid: number | null;
  /**
   * @minimum 9237
   * @maximum 9449
   */
  readonly port: number;
  readonly cleanup_class: CleanupClass;
  readonly skip_reason: string;
  readonly detail: string;
}

export interface FailedEntry {
  readonly pid: number | null;
  /**
   * @minimum 9237
   * @maximum 9449
   */
  readonly port: number;
  readonly failure_reason: FailureReason;
  readonly detail: string;
}

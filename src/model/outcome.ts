import type { JudgedCandidate } from './candidate.js';
import type { CleanupClass } from './verdict.js';

/** The command on whose behalf enforcement acts. It decides which checks of the guard apply. */
export type Entrypoint = 'startup' | 'reset' | 'stop' | 'dashboard_start' | 'dashboard_stop';

/** Why the guard refuses to act on a candidate, whatever the policy says. */
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
  /** It does not answer, and another process has a connection to it, which may be why. */
  | 'kept_busy'
  /** It does not answer, and there is no proof that it is stuck. */
  | 'perhaps_busy'
  /** It does not answer, because it is stopped, traced or frozen. */
  | 'suspended';

export interface Refusal {
  readonly reason: RefusalReason;
  readonly detail: string;
}

/** What will be done about each candidate. Each is in exactly one of the three lists. `--dry-run` prints them. */
export interface Plan {
  readonly entrypoint: Entrypoint;
  readonly targets: readonly JudgedCandidate[];
  /** Left alone, as intended: the command does not act on its class, or it is or may be in use. */
  readonly skipped: readonly { readonly candidate: JudgedCandidate; readonly refusal: Skip }[];
  /** Selected by the command, and refused by the guard before any action: a failure to do what was asked. */
  readonly refused: readonly { readonly candidate: JudgedCandidate; readonly refusal: Refusal }[];
}

/** `reason` is the policy's `skip_reason`, `not_selected`, or a `RefusalReason`. */
interface Skip {
  readonly reason: string;
  readonly detail: string;
}

/**
 * Whether this machine can signal one certain process, by pidfd. Without a pidfd the PID could have been reused, so a
 * daemon only gets a shutdown request and is never signalled (ADR 4).
 */
export interface HandleSupport {
  readonly kind: 'pidfd' | 'none';
  /** Why there is no pidfd, or null. */
  readonly why: string | null;
}

/** The step that ended a process; `already_gone` when it exited before the first step. */
export type CleanupPath = 'http_shutdown' | 'terminate' | 'kill' | 'already_gone';

/** Why a selected daemon was not cleaned up. */
type FailureReason =
  | RefusalReason
  | 'not_permitted'
  | 'still_running'
  | 'cannot_hold'
  | 'socket_still_held'
  | 'journal_unwritable'
  | 'internal_error';

/** The result for one candidate (FR-005). `swept`: its exit was observed and its socket is released. */
export type Outcome =
  | { readonly bucket: 'swept'; readonly path: CleanupPath }
  | { readonly bucket: 'skipped'; readonly reason: string; readonly detail: string }
  | { readonly bucket: 'failed'; readonly reason: FailureReason; readonly detail: string };

export interface ResetEntry {
  readonly candidate: JudgedCandidate;
  readonly outcome: Outcome;
}

/** One entry for each candidate in the port range (FR-005). */
export type ResetResult = readonly ResetEntry[];

/** Whether a state file was removed because the daemon that it names is gone. */
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

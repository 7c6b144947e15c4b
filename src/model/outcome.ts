import type { JudgedCandidate } from './candidate.js';
import type { Suspension } from './evidence.js';
import type { ExplainedProblem } from './root-problem.js';
import type { CleanupClass } from './verdict.js';

/** The command that retires daemons. The entrypoint decides which checks of the guard apply. */
export type Entrypoint = 'startup' | 'reset' | 'stop' | 'dashboard_start' | 'dashboard_stop';

/** Why a candidate is not retired, whatever the policy says. */
export type RefusalReason =
  /** Acting on this system is an experiment, and the user has not switched it on. */
  | 'not_switched_on'
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
  /** The daemon gives no proper answer, and a connection of another process may be the reason. */
  | 'kept_busy'
  /** The daemon gives no proper answer, and it is not proven to be stuck. */
  | 'perhaps_busy'
  /** The daemon does not answer, because its process is suspended, traced or frozen. */
  | 'suspended';

export interface Refusal {
  readonly reason: RefusalReason;
  readonly detail: string;
}

/** What a command will do about each candidate. Each candidate is in exactly one list. `--dry-run` prints the lists. */
export interface Plan {
  readonly entrypoint: Entrypoint;
  readonly targets: readonly JudgedCandidate[];
  /** Candidates left alone as intended: the command does not select them, or they are or may be in use. */
  readonly skipped: readonly { readonly candidate: JudgedCandidate; readonly refusal: Skip }[];
  /** Candidates that the command selects and the guard refuses. They are reported as failed. */
  readonly refused: readonly { readonly candidate: JudgedCandidate; readonly refusal: Refusal }[];
}

/** `reason` is the policy's `skip_reason`, `not_selected`, or a `RefusalReason`. */
export interface Skip {
  readonly reason: string;
  readonly detail: string;
}

/**
 * The support of this machine for signals that reach one certain process: by its pidfd (Linux) or by its audit token
 * (macOS). Without them the PID could have been reused, so a daemon gets only a shutdown request and no signal (ADR 4).
 */
export interface HandleSupport {
  readonly kind: 'pidfd' | 'audit_token' | 'none';
  /** Why there are none, or null. */
  readonly why: string | null;
}

/** The step that ended a process; `already_gone` if the process exited before the first step. */
export type CleanupPath = 'http_shutdown' | 'terminate' | 'kill' | 'already_gone';

/** Why a selected daemon was not cleaned up. */
type FailureReason =
  | RefusalReason
  | 'not_permitted'
  | 'still_running'
  | 'cannot_hold'
  | 'socket_still_held'
  | 'journal_unwritable'
  /** The user pressed Ctrl-C while it was being ended. */
  | 'interrupted'
  | 'internal_error';

/** Why daemons could not be ended, as far as the reasons of their outcomes do not say it. */
export interface FailureCauses {
  /** Why a file of our root cannot be used, and what to do; null if none is in the way, or no command needed it. */
  readonly rootProblem: ExplainedProblem | null;
  /** Whether signals can be sent by pidfd, and if not, why; null if no signal is needed. */
  readonly handleSupport: HandleSupport | null;
  /** Suspended processes among those that a reset or stop could not end. A signal other than SIGKILL waits there. */
  readonly stillSuspended: ReadonlyMap<JudgedCandidate, Suspension>;
}

/** The result for one candidate (FR-005). `swept`: the process has exited and its socket is released. */
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

/** What a cleanup did with a state file. `cleared`: removed, because the daemon that the file names is gone. */
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

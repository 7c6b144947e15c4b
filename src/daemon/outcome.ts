import type { FailedEntry, SweptEntry } from '../model/outcome.js';

/** What a command wants of the background daemon (C-003). */
export const DaemonIntent = {
  /** The command needs no server: no daemon is searched for, started or contacted. */
  LOCAL_ONLY: 'local_only',
  /** The command needs hosted sync. */
  REMOTE_REQUIRED: 'remote_required',
} as const;
export type DaemonIntent = (typeof DaemonIntent)[keyof typeof DaemonIntent];

export interface EnsureOptions {
  readonly intent: DaemonIntent;
  /** Whether the user typed `sync start`: settings that only prevent automatic starts then do not apply. */
  readonly explicit?: boolean;
  /** What a printed command of this program starts with; determined from the PATH and the current folder by default. */
  readonly invocation?: string;
}

/** Why a start was skipped: no port was scanned and no process was started, contacted or retired. */
export type SkipReason =
  'disabled' | 'rollout_disabled' | 'local_only' | 'manual' | 'unsupported_platform' | 'unknown_intent';

/** Why no daemon is reused or started: a daemon may be running, and none is proven to be usable. */
export type LeaveReason =
  | 'could_not_look'
  | 'recorded_elsewhere'
  | 'singleton_unresponsive'
  | 'singleton_unproven'
  | 'singleton_unknown';

/** Why a daemon that was needed could not be started. */
export type StartFailure = 'root_unusable' | 'start_lock_busy' | 'range_full' | 'start_failed';

/** Why no daemon can be used. The user's command succeeds in spite of each of these reasons. */
export type DegradedReason =
  LeaveReason | StartFailure | 'config_unreadable' | 'policy_refused' | 'internal_error';

/** The daemon that a start reused or started. */
export interface ReadyDaemon {
  readonly how: 'reused' | 'started';
  readonly pid: number;
  readonly port: number;
  readonly generation: 'own' | 'python';
  readonly package_version: string | null;
}

/** The result of the cleanup during a start. */
export interface StartupCleanup {
  readonly swept: readonly SweptEntry[];
  readonly failed: readonly FailedEntry[];
  /** Number of listeners that the operator must decide about, among those that a start identifies. */
  readonly operator_required: number;
}

/** The result of a start. Plain data. */
export type StartupOutcome =
  | { readonly kind: 'skipped'; readonly reason: SkipReason; readonly detail: string }
  | ({ readonly kind: 'ready'; readonly daemon: ReadyDaemon } & StartupCleanup)
  | ({
      readonly kind: 'degraded';
      readonly reason: DegradedReason;
      readonly detail: string;
      /** The one step to take: a command, or a sentence. */
      readonly next_step: string;
    } & StartupCleanup);

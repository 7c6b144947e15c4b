import type { FailedEntry, SweptEntry } from '../model/outcome.js';

/** What a command wants of the background daemon (C-003). */
export const DaemonIntent = {
  /** Nothing that needs a server: no daemon is looked for, started or asked. */
  LOCAL_ONLY: 'local_only',
  /** Hosted sync. */
  REMOTE_REQUIRED: 'remote_required',
} as const;
export type DaemonIntent = (typeof DaemonIntent)[keyof typeof DaemonIntent];

export interface EnsureOptions {
  readonly intent: DaemonIntent;
  /** `sync start`: the user asked for a daemon in so many words. */
  readonly explicit?: boolean;
  /** What a printed command must start with; `npx spec-kitty` where nothing else is known. */
  readonly invocation?: string;
}

/** Why a start did nothing: it scanned, cleaned, spawned and contacted nothing. */
export type SkipReason = 'disabled' | 'rollout_disabled' | 'local_only' | 'manual' | 'unsupported_platform';

/** Why no daemon is started beside what is there, or may be. */
export type LeaveReason =
  | 'could_not_look'
  | 'recorded_elsewhere'
  | 'singleton_unresponsive'
  | 'singleton_unproven'
  | 'singleton_unknown';

/** Why none could be started, though one was to be. */
export type StartFailure = 'root_unusable' | 'start_lock_busy' | 'range_full' | 'start_failed';

/** Why no daemon can be used. The user's command succeeds in spite of each of these reasons. */
export type DegradedReason =
  LeaveReason | StartFailure | 'config_unreadable' | 'policy_refused' | 'internal_error';

/** The one daemon of the root. */
export interface ReadyDaemon {
  readonly how: 'reused' | 'started';
  readonly pid: number;
  readonly port: number;
  readonly generation: 'own' | 'python';
  readonly package_version: string | null;
}

/** What became of the daemons that were in the way. */
export interface StartupCleanup {
  readonly swept: readonly SweptEntry[];
  readonly failed: readonly FailedEntry[];
  /** Listeners that are for the operator to decide, as far as a start looks. */
  readonly operator_required: number;
}

/** How a start went. Plain data. */
export type StartupOutcome =
  | { readonly kind: 'skipped'; readonly reason: SkipReason; readonly detail: string }
  | ({ readonly kind: 'ready'; readonly daemon: ReadyDaemon } & StartupCleanup)
  | ({
      readonly kind: 'degraded';
      readonly reason: DegradedReason;
      readonly detail: string;
      /** The one step that does something about it: a command, or words. */
      readonly next_step: string;
    } & StartupCleanup);

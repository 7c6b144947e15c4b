import type { IdleReason, LastDrain, SetAsideCounts } from './queue.js';
import type { FailedEntry, ReportDaemon, SweptEntry } from './report.js';
import type { StartupOutcome } from './startup.js';

/**
 * The documents of `sync … --json`, described by `schemas/sync-report.schema.json`. Nothing in them is a secret.
 * @public the schema is made from it
 */
export type SyncReport = SyncStartReport | SyncStopReport | SyncStatusReport;

export interface SyncStartReport {
  readonly schema_version: 1;
  readonly command: 'sync now' | 'sync start';
  readonly outcome: StartupOutcome;
  /** Whether the daemon took the request to drain; `not_asked` where there is none, or nobody wants it. */
  readonly drain: 'requested' | 'refused' | 'not_asked';
  /** Why one of ours, started from here, sends nothing; null where it does, and where no start was made. */
  readonly idle: SyncQueue['idle'];
}

export interface SyncStopReport {
  readonly schema_version: 1;
  readonly command: 'sync stop';
  /** What the state file of this root named before; null where nothing was recorded. */
  readonly daemon: ReportDaemon | null;
  /** The recorded daemon, once it has left; null where nobody did. */
  readonly stopped: SweptEntry | null;
  readonly failed: FailedEntry | null;
}

export interface SyncStatusReport {
  readonly schema_version: 1;
  readonly command: 'sync status';
  /** What the state file of this root names; null where nothing is recorded. */
  readonly daemon: ReportDaemon | null;
  readonly queue: SyncQueue;
  readonly last_drain: LastDrain | null;
}

export interface SyncQueue {
  /** Null where it is not known whose queue it is. */
  readonly path: string | null;
  /** Why nothing is sent; null where it is. As this command's environment has it: a daemon may have been given another. */
  readonly idle: { readonly why: IdleReason; readonly detail: string } | null;
  /** Events in the file, those set aside among them; null where it could not be read. */
  readonly pending: number | null;
  readonly oldest_at: string | null;
  readonly set_aside: SetAsideCounts | null;
  readonly unreadable: string | null;
  /** What helps where it could not be read; else null. */
  readonly next_step: string | null;
}

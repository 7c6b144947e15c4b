import type {
  DoctorReport,
  ErrorReport,
  FailedEntry,
  ReportCandidate,
  SkippedEntry,
  SweptEntry,
} from './report.js';
import type { LeaveReason, ReadyDaemon, StartTrouble, StartupOutcome } from './startup.js';

/**
 * The documents of `dashboard … --json`, described by `schemas/dashboard-report.schema.json`. Nothing in them is a
 * secret.
 * @public the schema is made from it
 */
export type DashboardReport = DashboardStartReport | DashboardStopReport;

export interface DashboardStartReport {
  readonly schema_version: 1;
  readonly command: 'dashboard';
  /** The folder that holds `.kittify`. */
  readonly project: string;
  readonly outcome: DashboardOutcome;
  /** What it asked of sync, which is nothing: its intent is local only (C-003). */
  readonly sync: StartupOutcome;
}

export interface DashboardStopReport {
  readonly schema_version: 1;
  readonly command: 'dashboard --stop';
  readonly project: string;
  /** Every listener of the dashboard range is in exactly one of these three. */
  readonly swept: readonly SweptEntry[];
  readonly skipped: readonly SkippedEntry[];
  readonly failed: readonly FailedEntry[];
}

/** Why there is no dashboard that can be used. */
export type NoDashboardReason = LeaveReason | StartTrouble | 'unsupported_platform';

/** How starting a dashboard went. Plain data. */
export type DashboardOutcome =
  | ({
      readonly kind: 'ready';
      readonly dashboard: ReadyDaemon & { readonly url: string };
    } & DashboardCleanup)
  | ({
      readonly kind: 'degraded';
      readonly reason: NoDashboardReason;
      readonly detail: string;
      readonly next_step: string;
    } & DashboardCleanup);

/** What became of the dashboards that were left of earlier starts. */
export interface DashboardCleanup {
  readonly swept: readonly SweptEntry[];
  readonly failed: readonly FailedEntry[];
}

/**
 * What the page of a dashboard shows: its own family as the dashboard itself sees it, and the sync family as
 * `auth doctor` reports it.
 */
export interface DashboardView {
  readonly schema_version: 1;
  readonly generated_at: string;
  readonly project: string;
  readonly dashboards: {
    readonly ports: { readonly first: number; readonly end: number };
    /** Null where the kernel could be asked; else why not. */
    readonly could_not_look: string | null;
    readonly candidates: readonly ReportCandidate[];
  };
  readonly sync: DoctorReport | ErrorReport;
}

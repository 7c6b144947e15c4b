import type {
  ErrorReport,
  FailedEntry,
  Finding,
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
 * `auth doctor` reports it. Other users of the machine can read it, so it is a selection: the table of
 * docs/private-files.md says what is in it, and why.
 */
export interface DashboardView {
  readonly schema_version: 1;
  readonly generated_at: string;
  readonly project: string;
  readonly dashboards: FamilyInView;
  readonly sync: FamilyInView | ErrorReport;
}

interface FamilyInView {
  readonly ports: { readonly first: number; readonly end: number };
  /** Null where the kernel could be asked; else why not. */
  readonly could_not_look: string | null;
  readonly findings: readonly Finding[];
  readonly candidates: readonly CandidateInView[];
}

/**
 * A listener without what only its user may know: queue file, account, server and executable. What is left is in the
 * process table or in an answer that anybody gets, or follows from it.
 */
export type CandidateInView = Pick<
  ReportCandidate,
  | 'daemon_family'
  | 'pid'
  | 'port'
  | 'address'
  | 'package_version'
  | 'daemon_root'
  | 'identity_source'
  | 'cleanup_class'
  | 'skip_reason'
  | 'live_in_root'
  | 'cost'
  | 'evidence'
  | 'remediation'
  | 'explanation'
>;

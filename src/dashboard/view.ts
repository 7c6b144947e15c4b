import type { LeaveReason, ReadyDaemon, StartFailure, StartupOutcome } from '../daemon/outcome.js';
import type { PortRange } from '../model/family.js';
import type { ForgetReport } from '../model/forgotten.js';
import type { RecentAct } from '../model/journal.js';
import type { FailedEntry, SkippedEntry, SweptEntry } from '../model/outcome.js';
import type { LastDrain, SyncQueue } from '../model/upload.js';
import type { OpenedPage } from './open-page.js';
import type { ErrorReport, Finding, ReportCandidate, ReportDaemon } from '../report/report.js';

/**
 * The documents of `dashboard … --json`, described by `schemas/dashboard-report.schema.json`. They contain no secret.
 * @public the schema is made from it
 */
export type DashboardReport = DashboardStartReport | DashboardStopReport | DashboardForgetReport;

export interface DashboardForgetReport extends ForgetReport {
  readonly command: 'dashboard --forget';
}

export interface DashboardStartReport {
  readonly schema_version: 1;
  readonly command: 'dashboard';
  /** The folder that contains `.kittify`. */
  readonly project: string;
  readonly outcome: DashboardOutcome;
  /** Never `ready`: the command neither starts nor contacts a sync daemon (C-003). */
  readonly sync: StartupOutcome;
  /** With `--open`, if there is a dashboard: whether its page was opened in the user's browser. */
  readonly browser?: OpenedPage;
}

export interface DashboardStopReport {
  readonly schema_version: 1;
  readonly command: 'dashboard --stop';
  readonly project: string;
  /** The dashboards that were stopped. Every listener is in exactly one of `swept`, `skipped` and `failed`. */
  readonly swept: readonly SweptEntry[];
  readonly skipped: readonly SkippedEntry[];
  readonly failed: readonly FailedEntry[];
  /** Whether the user interrupted the command, by Ctrl-C. Each entry says what was sent to it until then. */
  readonly interrupted: boolean;
}

/** Why no usable dashboard is running. */
export type NoDashboardReason = LeaveReason | StartFailure | 'unsupported_platform';

/** Result of starting a dashboard. Plain data. */
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

/** Result of the cleanup of stale dashboards. */
export interface DashboardCleanup {
  readonly swept: readonly SweptEntry[];
  readonly failed: readonly FailedEntry[];
}

/**
 * The data of a dashboard's page: the dashboard's own scan of its family, and the sync family as `auth doctor` and
 * `sync status` report it. Other users of the machine can read this data too, but not all of it: `publicView` leaves out
 * what docs/private-files.md gives to the user of the dashboard only.
 */
export interface DashboardView {
  readonly schema_version: 1;
  readonly generated_at: string;
  readonly project: string;
  /** The command that starts this dashboard again. */
  readonly start_command: string;
  /** Whether this is the whole view, or what every user may read. */
  readonly for_own_user: boolean;
  readonly dashboards: FamilyInView;
  readonly sync: SyncInView | ErrorReport;
}

export interface FamilyInView {
  readonly ports: PortRange;
  /** Why the listeners could not be scanned, or null if they were scanned. */
  readonly could_not_look: string | null;
  readonly findings: readonly Finding[];
  readonly candidates: readonly CandidateInView[];
  /** The last actions on daemons of this root or project, newest first. Empty for other users. */
  readonly recent: readonly ActInView[];
}

export interface SyncInView extends FamilyInView {
  /** The runtime root. */
  readonly root: string;
  /** The daemon that the state file of the root names; null if there is no state file. */
  readonly daemon: ReportDaemon | null;
  /** Null for other users, and if `sync status` failed. */
  readonly uploads: UploadsInView | null;
}

export type UploadsInView = Pick<SyncQueue, 'path' | 'pending' | 'oldest_at' | 'set_aside' | 'unreadable'> & {
  readonly last_drain: LastDrain | null;
};

export type ActInView = Omit<RecentAct, 'rule'>;

/**
 * A listener without queue file, account, server and path of its executable, which are private to its user. `program` is
 * null for other users. The other fields come from the process table and from health answers, which every user of the
 * machine can read.
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
  | 'program'
  | 'cleanup_class'
  | 'skip_reason'
  | 'live_in_root'
  | 'cost'
  | 'evidence'
  | 'remediation'
  | 'explanation'
>;

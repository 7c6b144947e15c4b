import type { LeaveReason, ReadyDaemon, StartFailure, StartupOutcome } from '../daemon/outcome.js';
import { thisProgram } from '../invocation.js';
import type { Machine, Observer } from '../machine/machine.js';
import type { JudgedCandidate } from '../model/candidate.js';
import { PORT_RANGES } from '../model/family.js';
import type { ForgetReport } from '../model/forgotten.js';
import type { FailedEntry, SkippedEntry, SweptEntry } from '../model/outcome.js';
import { reportCandidate } from '../report/candidate.js';
import type { DoctorReport, ErrorReport, Finding, Remediation, ReportCandidate } from '../report/report.js';
import { shellQuote } from '../text/terminal.js';
import { examineDashboards } from './examine.js';

/** `auth doctor` takes at most about one second; the rest is for an overloaded machine. */
const DOCTOR_DEADLINE_MS = 10_000;
const MAX_REPORT_BYTES = 8 * 1024 * 1024;

/**
 * Builds the data of the page: scans the dashboard range, and runs `auth doctor` for the sync range, because a
 * dashboard never scans sync ports itself (C-002).
 */
export async function buildView(machine: Machine, project: string): Promise<DashboardView> {
  const [{ scan, candidates }, sync] = await Promise.all([
    examineDashboards(machine.observer, project),
    runDoctor(machine),
  ]);
  const start = `cd ${shellQuote(project)} && ${thisProgram(machine.observer).invocation} dashboard`;
  return {
    schema_version: 1,
    generated_at: machine.observer.clock.now().toISOString(),
    project,
    start_command: start,
    dashboards: {
      ports: PORT_RANGES.dashboard,
      could_not_look: scan.listeners.ok ? null : scan.listeners.why,
      findings: furtherListeners(scan.furtherListeners ?? 0),
      candidates: candidates.map((candidate) =>
        selectFields(reportCandidate(candidate, dashboardRemedy(candidate, start), [])),
      ),
    },
    sync,
  };
}

/**
 * Returns the finding about listeners that were counted but not examined. A scan limits how many listeners of other
 * users it examines, because other users may listen on any number of addresses.
 */
function furtherListeners(count: number): readonly Finding[] {
  if (count === 0) return [];
  const summary = `More listeners of other users on these ports, counted but not examined: ${count}`;
  return [{ id: 'further_listeners', severity: 'attention', summary, remediation: null }];
}

async function runDoctor(machine: Machine): Promise<DashboardView['sync']> {
  const command = ['auth', 'doctor', '--json', '--explain'];
  const output = await machine.actor.programs.outputOf(
    [machine.observer.self.executable, machine.observer.files.packagePath('dist/bin.cjs'), ...command],
    {
      deadlineMs: DOCTOR_DEADLINE_MS,
      longest: MAX_REPORT_BYTES,
    },
  );
  const failure = (message: string): ErrorReport => failedDoctor(machine.observer, message);
  if (!output.ok) return failure(`auth doctor did not run: ${output.why}`);
  let report: DoctorReport | ErrorReport;
  try {
    // The type is certain: the output comes from a program of this same installation.
    report = JSON.parse(output.text) as DoctorReport | ErrorReport;
  } catch {
    return failure('the output of auth doctor is not JSON');
  }
  // The error is not shown: it may quote the environment of this process, and other users can read the page.
  if ('error' in report) return failure('auth doctor failed');
  const { scope, findings, candidates } = report;
  return {
    ports: scope.ports,
    could_not_look: scope.could_not_look,
    // `other_program` describes the PATH of the user who started this process, not the daemons.
    findings: findings.filter(({ id }) => id !== 'other_program'),
    candidates: candidates.map(selectFields),
  };
}

/** Returns the error of a failed `auth doctor`, with the command that shows its details to the user. */
function failedDoctor(observer: Observer, message: string): ErrorReport {
  return {
    schema_version: 1,
    error: { message, next_step: `${thisProgram(observer).invocation} auth doctor` },
  };
}

/** Copies named fields only, so that a new field of the report is not published on the page by accident. */
function selectFields({
  daemon_family,
  pid,
  port,
  address,
  package_version,
  daemon_root,
  identity_source,
  cleanup_class,
  skip_reason,
  live_in_root,
  cost,
  evidence,
  remediation,
  explanation,
}: ReportCandidate): CandidateInView {
  return {
    daemon_family,
    pid,
    port,
    address,
    package_version,
    daemon_root,
    identity_source,
    cleanup_class,
    skip_reason,
    live_in_root,
    cost,
    evidence,
    remediation,
    ...(explanation && { explanation }),
  };
}

/**
 * Returns the one step for the user about a listener of the dashboard range, or null if there is nothing to do.
 * @param start the command that starts this dashboard
 */
function dashboardRemedy({ verdict, facts, identity }: JudgedCandidate, start: string): Remediation | null {
  if (verdict.cleanupClass === 'never_touch') return null;
  if (verdict.cleanupClass === 'safe_auto')
    return { command: start, effect: 'stops it, and keeps the dashboard in use' };
  if (facts.self_report === 'matches')
    return { command: `${start} --stop`, effect: 'stops every proven dashboard of this project' };
  const effect = `its identity is not proven, so no command stops it: check PID ${String(identity.pid)} and stop it yourself`;
  return { command: null, effect };
}

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
 * The data of a dashboard's page: the dashboard's own scan of its family, and the sync family as `auth doctor` reports
 * it. Other users of the machine can read this data, so it has only the fields that docs/private-files.md lists.
 */
export interface DashboardView {
  readonly schema_version: 1;
  readonly generated_at: string;
  readonly project: string;
  /** The command that starts this dashboard again. */
  readonly start_command: string;
  readonly dashboards: FamilyInView;
  readonly sync: FamilyInView | ErrorReport;
}

interface FamilyInView {
  readonly ports: { readonly first: number; readonly end: number };
  /** Why the listeners could not be scanned, or null if they were scanned. */
  readonly could_not_look: string | null;
  readonly findings: readonly Finding[];
  readonly candidates: readonly CandidateInView[];
}

/**
 * A listener without queue file, account, server and executable, which are private to its user. The other fields come
 * from the process table and from health answers, which every user of the machine can read.
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

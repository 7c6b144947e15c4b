import type { LeaveReason, ReadyDaemon, StartFailure, StartupOutcome } from '../daemon/outcome.js';
import type { Machine } from '../machine/machine.js';
import type { JudgedCandidate } from '../model/candidate.js';
import { PORT_RANGES } from '../model/family.js';
import type { FailedEntry, SkippedEntry, SweptEntry } from '../model/outcome.js';
import { reportCandidate } from '../report/candidate.js';
import type { DoctorReport, ErrorReport, Finding, Remediation, ReportCandidate } from '../report/report.js';
import { shellQuote } from '../text/terminal.js';
import { examineDashboards } from './examine.js';

const INVOCATION = 'npx spec-kitty';
/** It looks for at most a second; on a machine that is on its knees it may take longer. */
const DOCTOR_MS = 10_000;
const LONGEST_REPORT = 8 * 1024 * 1024;

/** Looks at both families. The sync side is looked at by a process of its own, never by this one (C-002). */
export async function buildView(machine: Machine, project: string): Promise<DashboardView> {
  const [{ scan, candidates }, sync] = await Promise.all([
    examineDashboards(machine.observer, project),
    runDoctor(machine),
  ]);
  return {
    schema_version: 1,
    generated_at: machine.observer.clock.now().toISOString(),
    project,
    dashboards: {
      ports: PORT_RANGES.dashboard,
      could_not_look: scan.listeners.ok ? null : scan.listeners.why,
      findings: furtherListeners(scan.furtherListeners ?? 0),
      candidates: candidates.map((candidate) =>
        selectFields(reportCandidate(candidate, dashboardRemedy(candidate, project, INVOCATION), [])),
      ),
    },
    sync,
  };
}

/** Other users can listen on other addresses of the same ports, as often as they like. */
function furtherListeners(count: number): readonly Finding[] {
  if (count === 0) return [];
  const summary = `More listeners of other users on these ports, counted and not looked at: ${count}`;
  return [{ id: 'further_listeners', severity: 'attention', summary, remediation: null }];
}

async function runDoctor(machine: Machine): Promise<DashboardView['sync']> {
  const words = ['auth', 'doctor', '--json', '--explain'];
  const output = await machine.actor.programs.outputOf(
    [machine.observer.self.executable, machine.observer.files.packagePath('dist/bin.cjs'), ...words],
    {
      deadlineMs: DOCTOR_MS,
      longest: LONGEST_REPORT,
    },
  );
  if (!output.ok) return failure(`auth doctor could not be asked: ${output.why}`);
  let report: DoctorReport | ErrorReport;
  try {
    // It is our own program, of this very version, that speaks here.
    report = JSON.parse(output.text) as DoctorReport | ErrorReport;
  } catch {
    return failure('auth doctor gave an answer that is no document');
  }
  // An error may quote the environment of this process, which is for its user only.
  if ('error' in report) return failure('auth doctor could not do its job');
  const { scope, findings, candidates } = report;
  return {
    ports: scope.ports,
    could_not_look: scope.could_not_look,
    // What else is on the PATH of whoever started this process is no matter of the daemons.
    findings: findings.filter(({ id }) => id !== 'other_program'),
    candidates: candidates.map(selectFields),
  };
}

/** The command that is printed shows its user the rest. */
function failure(message: string): ErrorReport {
  return { schema_version: 1, error: { message, next_step: `${INVOCATION} auth doctor` } };
}

/** Field by field: what a report comes to have later is not in the view until somebody decides that it may be. */
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

/** The one step that does something about a dashboard, or null where nothing needs doing. */
function dashboardRemedy(
  { verdict, facts, identity }: JudgedCandidate,
  project: string,
  invocation: string,
): Remediation | null {
  if (verdict.cleanupClass === 'never_touch') return null;
  const here = `cd ${shellQuote(project)} && ${invocation} dashboard`;
  if (verdict.cleanupClass === 'safe_auto')
    return { command: here, effect: 'retires it, and keeps the one in use' };
  if (facts.self_report === 'matches')
    return { command: `${here} --stop`, effect: 'stops every proven dashboard of this project' };
  const effect = `it does not prove who it is, so it is left alone: look at PID ${String(identity.pid)} and end it yourself`;
  return { command: null, effect };
}

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
export type NoDashboardReason = LeaveReason | StartFailure | 'unsupported_platform';

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

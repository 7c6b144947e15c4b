import { thisProgram } from '../invocation.js';
import type { Machine, Observer } from '../machine/machine.js';
import { PORT_RANGES } from '../model/family.js';
import type { RecentAct } from '../model/journal.js';
import type { LastDrain, SyncQueue } from '../model/upload.js';
import { reportCandidate } from '../report/candidate.js';
import type { DoctorReport, ErrorReport, ReportCandidate } from '../report/report.js';
import { shellQuote } from '../text/terminal.js';
import { examineDashboards } from './examine.js';
import { dashboardFindings, dashboardRemedy } from './findings.js';
import type { ActInView, CandidateInView, DashboardView, SyncInView, UploadsInView } from './view.js';

/** `auth doctor` takes at most about one second; the rest is for an overloaded machine. */
const COMMAND_DEADLINE_MS = 10_000;
const MAX_REPORT_BYTES = 8 * 1024 * 1024;

/**
 * Builds the data of the page for the user that the dashboard runs as: scans the dashboard range, and runs `auth doctor`
 * and `sync status` for the sync family, because a dashboard never scans sync ports itself (C-002).
 */
export async function buildView(machine: Machine, project: string): Promise<DashboardView> {
  const [{ scan, candidates }, doctor, status] = await Promise.all([
    examineDashboards(machine.observer, project),
    runCommand<DoctorReport>(machine, ['auth', 'doctor', '--json', '--explain']),
    runCommand<SyncStatus>(machine, ['sync', 'status', '--json']),
  ]);
  const start = `cd ${shellQuote(project)} && ${thisProgram(machine.observer).invocation} dashboard`;
  return {
    schema_version: 1,
    generated_at: machine.observer.clock.now().toISOString(),
    project,
    start_command: start,
    for_own_user: true,
    dashboards: {
      ports: PORT_RANGES.dashboard,
      could_not_look: scan.listeners.ok ? null : scan.listeners.why,
      findings: dashboardFindings(scan, candidates, start),
      candidates: candidates.map((candidate) =>
        selectFields(reportCandidate(candidate, dashboardRemedy(candidate, start), [])),
      ),
      recent: scan.recentActs.map(selectAct),
    },
    sync: doctor.ok
      ? syncView(doctor.report, status.ok ? uploadsOf(status.report) : null)
      : failedDoctor(machine.observer, doctor.why),
  };
}

/**
 * Returns the part of a view that every user of the machine may read: without programs, queue, uploads and journal
 * (docs/private-files.md).
 */
export function publicView({ dashboards, sync, ...view }: DashboardView): DashboardView {
  const withoutPrograms = (candidates: readonly CandidateInView[]): readonly CandidateInView[] =>
    candidates.map((candidate) => ({ ...candidate, program: null }));
  return {
    ...view,
    for_own_user: false,
    dashboards: { ...dashboards, candidates: withoutPrograms(dashboards.candidates), recent: [] },
    sync:
      'error' in sync
        ? sync
        : { ...sync, candidates: withoutPrograms(sync.candidates), recent: [], uploads: null },
  };
}

/** The fields of `sync status --json` that the page shows. */
interface SyncStatus {
  readonly queue: SyncQueue;
  readonly last_drain: LastDrain | null;
}

type CommandResult<Report> =
  { readonly ok: true; readonly report: Report } | { readonly ok: false; readonly why: string };

/** Runs a command of this program that prints a JSON document, also if its exit code says that something needs care. */
async function runCommand<Report extends object>(
  machine: Machine,
  words: readonly string[],
): Promise<CommandResult<Report>> {
  const { self, files } = machine.observer;
  const name = words.slice(0, 2).join(' ');
  const output = await machine.actor.programs.outputOf(
    [self.executable, files.packagePath('dist/bin.cjs'), ...words],
    { deadlineMs: COMMAND_DEADLINE_MS, longest: MAX_REPORT_BYTES },
  );
  if (!output.ok) return { ok: false, why: `${name} did not run: ${output.why}` };
  let report: Report | ErrorReport;
  try {
    // The type is certain: the output comes from a program of this same installation.
    report = JSON.parse(output.text) as Report | ErrorReport;
  } catch {
    return { ok: false, why: `the output of ${name} is not JSON` };
  }
  // The error is not shown: it may quote the environment of this process, and other users can read the page.
  return 'error' in report ? { ok: false, why: `${name} failed` } : { ok: true, report };
}

function syncView(
  { scope, daemon, findings, candidates, recent }: DoctorReport,
  uploads: UploadsInView | null,
): SyncInView {
  return {
    ports: scope.ports,
    could_not_look: scope.could_not_look,
    // `other_program` describes the PATH of the user who started this process, not the daemons.
    findings: findings.filter(({ id }) => id !== 'other_program'),
    candidates: candidates.map(selectFields),
    root: scope.root,
    daemon,
    recent: recent.map(selectAct),
    uploads,
  };
}

/** Returns the error of a failed `auth doctor`, with the command that shows its details to the user. */
function failedDoctor(observer: Observer, message: string): ErrorReport {
  return {
    schema_version: 1,
    error: { message, next_step: `${thisProgram(observer).invocation} auth doctor` },
  };
}

/** Why nothing is sent is left out: it depends on the environment of the shell that a user works in. */
function uploadsOf({ queue, last_drain: last }: SyncStatus): UploadsInView {
  const { path, pending, oldest_at, set_aside, unreadable } = queue;
  return { path, pending, oldest_at, set_aside, unreadable, last_drain: last };
}

function selectAct({ at, asked_by, pid, port, result }: RecentAct): ActInView {
  return { at, asked_by, pid, port, result };
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
  program,
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
    program,
    cleanup_class,
    skip_reason,
    live_in_root,
    cost,
    evidence,
    remediation,
    ...(explanation && { explanation }),
  };
}

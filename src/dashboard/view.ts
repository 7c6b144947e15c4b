import type { CandidateInView, DashboardView } from '../model/dashboard-report.js';
import { PORT_RANGES } from '../model/family.js';
import type { DoctorReport, ErrorReport, Finding, ReportCandidate } from '../model/report.js';
import { examineDashboards } from '../pipeline/dashboards.js';
import { reportCandidate } from '../report/report-candidate.js';
import { outputOf } from '../system/change/start-process.js';
import { packagePath } from '../system/observe/package-path.js';
import { dashboardRemedy } from './remediation.js';

const INVOCATION = 'npx spec-kitty';
/** It looks for at most a second; on a machine that is on its knees it may take longer. */
const DOCTOR_MS = 10_000;
const LONGEST_REPORT = 8 * 1024 * 1024;

/** Looks at both families. The sync side is looked at by a process of its own, never by this one (C-002). */
export async function viewOf(project: string): Promise<DashboardView> {
  const [{ facts, candidates }, sync] = await Promise.all([examineDashboards(project), askDoctor()]);
  return {
    schema_version: 1,
    generated_at: new Date().toISOString(),
    project,
    dashboards: {
      ports: PORT_RANGES.dashboard,
      could_not_look: facts.listeners.ok ? null : facts.listeners.why,
      findings: furtherListeners(facts.furtherListeners ?? 0),
      candidates: candidates.map((candidate) =>
        inView(reportCandidate(candidate, dashboardRemedy(candidate, project, INVOCATION), [])),
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

async function askDoctor(): Promise<DashboardView['sync']> {
  const words = ['auth', 'doctor', '--json', '--explain'];
  const output = await outputOf([process.execPath, packagePath('dist/bin.cjs'), ...words], {
    deadlineMs: DOCTOR_MS,
    longest: LONGEST_REPORT,
  });
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
    candidates: candidates.map(inView),
  };
}

/** The command that is printed shows its user the rest. */
function failure(message: string): ErrorReport {
  return { schema_version: 1, error: { message, next_step: `${INVOCATION} auth doctor` } };
}

/** Field by field: what a report comes to have later is not in the view until somebody decides that it may be. */
function inView({
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

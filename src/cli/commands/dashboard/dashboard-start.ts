import { ensureDashboard } from '../../../dashboard/ensure-dashboard.js';
import type { DashboardOutcome, DashboardStartReport } from '../../../model/dashboard-report.js';
import { DaemonIntent } from '../../../model/startup.js';
import { escapeForTerminal } from '../../../report/formats/escape.js';
import { formatJson } from '../../../report/formats/json.js';
import { ensureSyncDaemon } from '../../../startup/ensure-sync-daemon.js';
import { EXIT, type ExitCode } from '../../exit-codes.js';
import { reportFailure } from '../../failure.js';
import { programName } from '../../invocation.js';
import { print } from '../../print.js';
import { projectHere } from './project-here.js';

/** `spec-kitty dashboard`: one dashboard for this project, and its address. */
export async function dashboardStart(json: boolean): Promise<ExitCode> {
  const project = projectHere();
  if (!project.ok) return reportFailure(project, json);
  const { invocation } = programName(process.env, process.argv[1] ?? '');
  const report: DashboardStartReport = {
    schema_version: 1,
    command: 'dashboard',
    project: project.path,
    // Local only (C-003): with this intent nothing of sync is looked at, started or asked.
    sync: await ensureSyncDaemon({ intent: DaemonIntent.LOCAL_ONLY, invocation }),
    outcome: await ensureDashboard(project.path, invocation),
  };
  const { outcome } = report;
  if (json) print(formatJson(report));
  else {
    print(`${wordsFor(outcome)}\n`);
    process.stderr.write(warningsFor(outcome));
  }
  return outcome.kind === 'ready' && outcome.failed.length === 0 ? EXIT.done : EXIT.attention;
}

function wordsFor(outcome: DashboardOutcome): string {
  const retired = outcome.swept.map(({ port }) => port).join(', ');
  const cleaned = retired === '' ? '' : `\nretired what was left of earlier dashboards (${retired})`;
  if (outcome.kind === 'degraded') return `no dashboard (${outcome.reason})${cleaned}`;
  const { url, how, pid, package_version: version } = outcome.dashboard;
  return `${url}\ndashboard ${how} (PID ${pid}, ${escapeForTerminal(version ?? 'unknown version')})${cleaned}`;
}

function warningsFor(outcome: DashboardOutcome): string {
  const left = outcome.failed.map(
    ({ port, failure_reason: reason }) =>
      `spec-kitty: the dashboard on port ${port} could not be retired (${reason})\n`,
  );
  if (outcome.kind === 'ready') return left.join('');
  const { detail, next_step: nextStep } = outcome;
  return `spec-kitty: ${escapeForTerminal(detail)}\nnext step: ${escapeForTerminal(nextStep)}\n${left.join('')}`;
}

import { WISH_TO_STOP_DASHBOARDS } from '../../../action/plan.js';
import type { DashboardStopReport } from '../../../model/dashboard-report.js';
import { resetDashboards } from '../../../pipeline/dashboards.js';
import { escapeForTerminal } from '../../../report/formats/escape.js';
import { formatJson } from '../../../report/formats/json.js';
import { ledgerArrays } from '../../../report/ledger-arrays.js';
import { EXIT, type ExitCode } from '../../exit-codes.js';
import { reportFailure } from '../../failure.js';
import { programName } from '../../invocation.js';
import { whyNotStoppedHere } from '../../linux-only.js';
import { print } from '../../print.js';
import { progressOn } from '../../progress.js';
import { projectHere } from './project-here.js';

/** `spec-kitty dashboard --stop`: every dashboard of this project that can be proven to be one, and no other. */
export async function dashboardStop(json: boolean): Promise<ExitCode> {
  const refused = whyNotStoppedHere(programName(process.env, process.argv[1] ?? '').invocation);
  if (refused) return reportFailure(refused, json);
  const project = projectHere();
  if (!project.ok) return reportFailure(project, json);
  const done = await resetDashboards(project.path, {
    wish: WISH_TO_STOP_DASHBOARDS,
    askedBy: 'dashboard --stop',
    onProgress: progressOn(process.stderr),
  });
  if (!done.ok) return reportFailure(done, json);
  const { listeners } = done.examination.facts;
  if (!listeners.ok)
    return reportFailure(
      { message: `cannot see who listens: ${listeners.why}`, nextStep: 'run it where /proc can be read' },
      json,
    );

  const report: DashboardStopReport = {
    schema_version: 1,
    command: 'dashboard --stop',
    project: project.path,
    ...ledgerArrays(done.reset.ledger),
  };
  print(json ? formatJson(report) : `${linesFor(report).join('\n')}\n`);
  return report.failed.length > 0 ? EXIT.attention : EXIT.done;
}

function linesFor({ swept, skipped, failed }: DashboardStopReport): readonly string[] {
  const lines = [
    ...swept.map(({ port, pid }) => `stopped the dashboard on port ${port} (PID ${String(pid)})`),
    ...failed.map(({ port, failure_reason: reason, detail }) => {
      return `the dashboard on port ${port} is still there (${reason}): ${escapeForTerminal(detail)}`;
    }),
  ];
  if (lines.length > 0) return lines;
  const hidden = skipped.filter(({ skip_reason: reason }) => MAY_HIDE_ONE.includes(reason));
  if (hidden.length === 0) return ['no dashboard of this project is running'];
  const places = hidden.map(({ port, skip_reason: reason }) => `${port} (${reason})`);
  return [`no dashboard of this project that is ours to stop; not looked into: ${places.join(', ')}`];
}

/** Whoever was left alone for one of these was never asked for its project. */
const MAY_HIDE_ONE: readonly string[] = ['other_user', 'identity_unreadable', 'project_unreadable'];

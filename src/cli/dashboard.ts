import { Command, Option } from 'commander';
import { dirname, join } from 'node:path';
import { DaemonIntent } from '../daemon/outcome.js';
import { ensureDashboard } from '../dashboard/ensure-dashboard.js';
import { resetDashboards } from '../dashboard/examine.js';
import { type OpenedPage, openPage } from '../dashboard/open-page.js';
import type { DashboardOutcome, DashboardStartReport, DashboardStopReport } from '../dashboard/view.js';
import { DASHBOARD_STOP_TARGETS } from '../enforcement/plan.js';
import type { Machine, Observer } from '../machine/machine.js';
import { resultArrays } from '../report/build.js';
import { reasonWords } from '../report/words.js';
import { formatJson } from '../text/json.js';
import { inertName } from '../text/terminal.js';
import { ensureSyncDaemon } from '../sync/ensure-sync-daemon.js';
import { refusedRoot, runtimeRoot } from '../sync/runtime-root.js';
import { endedElsewhereOption, forget } from './forget.js';
import { addHelpSections } from './help.js';
import { interruptible } from './interruptible.js';
import { thisProgram } from '../invocation.js';
import { stopRemedy, whyNotStoppedHere } from './stop-remedy.js';
import { EXIT, type ExitCode, type Failure, nextStep, reportFailure, textOf } from './output.js';

interface DashboardOptions {
  readonly open?: true;
  readonly stop?: true;
  readonly forget?: true;
  readonly endedElsewhere?: true;
  readonly json?: boolean;
}

/** `spec-kitty dashboard`: starts or finds this project's dashboard, or stops it. */
export function dashboardCommand(machine: Machine, exitWith: (code: ExitCode) => void): Command {
  const command = new Command('dashboard')
    .description('show the sync daemons and dashboards, and what to do about each, on a local page')
    .addOption(
      new Option(
        '--open',
        'also open the page in your browser: that of BROWSER, else what xdg-open starts',
      ).conflicts(['stop', 'forget']),
    )
    .addOption(new Option('--stop', 'stop the dashboards of this project'))
    .addOption(
      new Option(
        '--forget',
        'clear the state file of this project, if the dashboard that it names is proven to have ended',
      ).conflicts('stop'),
    )
    .addOption(endedElsewhereOption())
    .addOption(new Option('--json', 'print one JSON document (schemas/dashboard-report.schema.json)'))
    .allowExcessArguments(false)
    .action(async ({ open, stop, forget: forgets, endedElsewhere, json = false }: DashboardOptions) => {
      if (stop) exitWith(await dashboardStop(machine, json));
      else if (forgets) exitWith(await dashboardForget(machine, endedElsewhere === true, json));
      else exitWith(await dashboardStart(machine, { json, opens: open === true }));
    });
  return addHelpSections(command, machine.observer, {
    notes:
      'It works on the project of the current folder: the nearest folder, at it or above, that has a .kittify folder. It never starts sync, and never stops a dashboard of another project.',
    examples: [
      ['spec-kitty dashboard', 'start it, or reuse the running one, and print its address'],
      ['spec-kitty dashboard --open', 'the same, and open the page in your browser'],
      ['spec-kitty dashboard --stop', 'stop it'],
      ['spec-kitty dashboard --forget', 'clear its state file, or see what prevents that'],
    ],
    exitCodes: `${EXIT.done} it runs, or with --stop none is left, or with --forget no state file is left, ${EXIT.attention} it does not run, or with --stop one is left, or with --forget a dashboard may run, ${EXIT.couldNot} the job could not be done, ${EXIT.interrupted} you interrupted --stop`,
  });
}

/**
 * `spec-kitty dashboard`: ensures that this project has one dashboard, and prints its address. With `--open` it also opens
 * the page; that no browser could be opened does not change the exit code, because the dashboard runs.
 */
async function dashboardStart(
  machine: Machine,
  { json, opens }: { readonly json: boolean; readonly opens: boolean },
): Promise<ExitCode> {
  const project = currentProject(machine.observer);
  if (!project.ok) return reportFailure(machine, project, json);
  // The page shows what `auth doctor` finds in the runtime root.
  const root = runtimeRoot(machine.observer, machine.observer.self.environment);
  const refused = refusedRoot(root);
  if (refused) return reportFailure(machine, refused, json);
  const { invocation } = thisProgram(machine.observer);
  const report: DashboardStartReport = {
    schema_version: 1,
    command: 'dashboard',
    project: project.path,
    // With this intent no sync daemon is scanned for, started or contacted (C-003).
    sync: (await ensureSyncDaemon(machine, { intent: DaemonIntent.LOCAL_ONLY, invocation })).outcome,
    outcome: await ensureDashboard(machine, project.path, invocation),
  };
  const { outcome } = report;
  // The address stands there while the browser starts.
  if (!json) machine.actor.terminal.print(textOf(linesAbout(outcome, invocation)));
  const browser =
    opens && outcome.kind === 'ready' ? await openPage(machine, outcome.dashboard.url) : undefined;
  if (json) machine.actor.terminal.print(formatJson({ ...report, ...(browser && { browser }) }));
  else {
    machine.actor.terminal.writeError(textOf(warningsFor(outcome)));
    if (browser?.opened === false) machine.actor.terminal.writeError(textOf(notOpenedLines(browser)));
  }
  return outcome.kind === 'ready' && outcome.failed.length === 0 ? EXIT.done : EXIT.attention;
}

function notOpenedLines({ why }: OpenedPage): readonly string[] {
  return [
    `spec-kitty: no browser was opened: ${String(why)}`,
    'next step: open the address above in your browser',
  ];
}

function linesAbout(outcome: DashboardOutcome, invocation: string): readonly string[] {
  const retired = outcome.swept.map(({ port }) => port).join(', ');
  const cleaned = retired === '' ? [] : [`retired dashboards left behind on ${retired}`];
  if (outcome.kind === 'degraded') return [`no dashboard (${outcome.reason})`, ...cleaned];
  const { url, how, pid, package_version: version } = outcome.dashboard;
  return [
    url,
    `dashboard ${how} (PID ${pid}, ${version === null ? 'unknown version' : inertName(version)})`,
    `it runs in the background, and stops when it is not used; to stop it now: \`${invocation} dashboard --stop\``,
    ...cleaned,
  ];
}

function warningsFor(outcome: DashboardOutcome): readonly string[] {
  const left = outcome.failed.map(
    ({ port, failure_reason: reason }) =>
      `spec-kitty: the dashboard on port ${port} could not be retired: ${reasonWords(reason)}`,
  );
  if (outcome.kind === 'ready') return left;
  const { detail, next_step: remedy } = outcome;
  return [`spec-kitty: ${detail}`, ...nextStep(remedy), ...left];
}

/** `spec-kitty dashboard --stop`: stops every proven dashboard of this project, and no other process. */
async function dashboardStop(machine: Machine, json: boolean): Promise<ExitCode> {
  const refused = whyNotStoppedHere(machine.observer);
  if (refused) return reportFailure(machine, refused, json);
  const project = currentProject(machine.observer);
  if (!project.ok) return reportFailure(machine, project, json);
  const result = await interruptible(machine, (interruption) =>
    resetDashboards(machine, project.path, {
      selection: DASHBOARD_STOP_TARGETS,
      askedBy: 'dashboard --stop',
      onProgress: (done, total) => {
        machine.actor.terminal.showProgress(done, total);
      },
      interruption,
    }),
  );
  if (!result.ok) return reportFailure(machine, result, json, result.isInterrupted && EXIT.interrupted);
  const { listeners } = result.judged.scan;
  if (!listeners.ok)
    return reportFailure(
      machine,
      { message: `cannot scan the listeners: ${listeners.why}`, remedy: 'run it where /proc can be read' },
      json,
    );

  const report: DashboardStopReport = {
    schema_version: 1,
    command: 'dashboard --stop',
    project: project.path,
    ...resultArrays(result.reset.result),
    interrupted: result.reset.isInterrupted,
  };
  const remedy = await stopRemedy(machine.observer, result);
  const step = remedy === null ? [] : nextStep(remedy);
  machine.actor.terminal.print(json ? formatJson(report) : textOf([...linesFor(report), ...step]));
  if (report.interrupted) return EXIT.interrupted;
  return report.failed.length > 0 ? EXIT.attention : EXIT.done;
}

function linesFor({ swept, skipped, failed, interrupted }: DashboardStopReport): readonly string[] {
  const lines = [
    ...swept.map(({ port, pid }) => `stopped the dashboard on port ${port} (PID ${String(pid)})`),
    ...failed.map(({ port, failure_reason: reason, detail }) => {
      return `the dashboard on port ${port} is still there: ${reasonWords(reason)} (${detail})`;
    }),
    ...skipped
      .filter(({ skip_reason: reason }) => reason === 'interrupted')
      .map(({ port, detail }) => `the dashboard on port ${port} was left alone: ${detail}`),
  ];
  if (lines.length > 0) return lines;
  if (interrupted) return ['interrupted by Ctrl-C: no dashboard was asked to stop'];
  const hidden = skipped.filter(({ skip_reason: reason }) => MAY_HIDE_ONE.includes(reason));
  if (hidden.length === 0) return ['no dashboard of this project is running'];
  const places = hidden.map(({ port, skip_reason: reason }) => `${port} (${reasonWords(reason)})`);
  return [
    `no dashboard of this project that may be stopped; listeners whose project is unknown: ${places.join(', ')}`,
  ];
}

/** Skip reasons of listeners whose project is unknown, so that one of them may be a dashboard of this project. */
const MAY_HIDE_ONE: readonly string[] = ['other_user', 'identity_unreadable', 'project_unreadable'];

/** `spec-kitty dashboard --forget`. */
async function dashboardForget(machine: Machine, endedElsewhere: boolean, json: boolean): Promise<ExitCode> {
  const project = currentProject(machine.observer);
  return project.ok
    ? forget(machine, 'dashboard', project.path, { endedElsewhere, json })
    : reportFailure(machine, project, json);
}

type ProjectHere = { readonly ok: true; readonly path: string } | ({ readonly ok: false } & Failure);

/** Finds the project of the current folder. */
function currentProject(observer: Observer): ProjectHere {
  const folder = observer.self.workingDirectory();
  if (folder === null) return noProject('the current folder does not exist any more');
  const project = findProject(observer, folder);
  if (project === null)
    return noProject(`neither ${inertName(folder)} nor a folder above it has a \`.kittify\` folder`);
  if (project.includes('\uFFFD') && !observer.self.isWorkingDirectoryUtf8()) {
    return {
      ok: false,
      message: `the path of this project is not UTF-8: ${inertName(project)}`,
      remedy: 'give the folder a name in UTF-8 (mv), and run it there',
    };
  }
  return { ok: true, path: project };
}

function noProject(message: string): ProjectHere {
  return { ok: false, message, remedy: 'run it in the folder of a Spec Kitty project' };
}

/**
 * Finds the project that the current folder belongs to: the nearest folder, at it or above, that contains `.kittify`;
 * null if none does. The search goes up with `..`, because a path that is not UTF-8 would lead to another folder.
 */
function findProject(observer: Observer, folder: string): string | null {
  const real = observer.files.realPath(folder);
  let above = '.';
  for (let here = real.ok ? real.value : folder; ; here = dirname(here)) {
    if (observer.files.isDirectory(join(above, '.kittify'))) return here;
    if (here === dirname(here)) return null;
    above = join(above, '..');
  }
}

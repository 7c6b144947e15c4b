import { Command, Option } from 'commander';
import { DaemonIntent, type SkipReason, type StartupOutcome } from '../daemon/outcome.js';
import { STOP_TARGETS } from '../enforcement/plan.js';
import { scanOwnListeners } from '../examine.js';
import type { Machine } from '../machine/machine.js';
import { openPolicy } from '../policy/load.js';
import { resultArrays, recordedDaemon } from '../report/build.js';
import { remedyText } from '../model/root-problem.js';
import { stateFileRemedy } from '../report/state-file-remedy.js';
import { reasonWords } from '../report/words.js';
import { formatJson } from '../text/json.js';
import { escapeForTerminal } from '../text/terminal.js';
import { reset } from '../reset.js';
import { askToDrain, ensureSyncDaemon } from '../sync/ensure-sync-daemon.js';
import type { LastDrain } from '../sync/status.js';
import { refusedRoot, runtimeRoot } from '../sync/runtime-root.js';
import {
  idleIn,
  type SyncStartReport,
  syncStatusOf,
  type SyncStatusReport,
  type SyncStopReport,
} from '../sync/status.js';
import { policyFailure } from './doctor.js';
import { endedElsewhereOption, forget } from './forget.js';
import { addHelpSections, type HelpSections } from './help.js';
import { thisProgram } from '../invocation.js';
import { syncLogs } from './sync-logs.js';
import { stopRemedy, whyNotStoppedHere } from './stop-remedy.js';
import { EXIT, type ExitCode, reportFailure } from './output.js';

interface SyncOptions {
  readonly json?: boolean;
}

/** `spec-kitty sync now`, `start`, `stop`, `status`, `logs` and `forget`. */
export function syncCommand(machine: Machine, exitWith: (code: ExitCode) => void): Command {
  const sync = new Command('sync').description('the background daemon that uploads your events');
  const add = (
    name: string,
    description: string,
    run: (json: boolean) => Promise<ExitCode> | ExitCode,
    help: HelpSections,
  ): void => {
    const command = sync
      .command(name)
      .description(description)
      .addOption(jsonOption())
      .allowExcessArguments(false)
      .action(async ({ json = false }: SyncOptions) => {
        exitWith(await run(json));
      });
    addHelpSections(command, machine.observer, help);
  };
  add(
    'now',
    'ensure that one healthy daemon runs, retire stale ones, and upload the waiting events',
    async (json) => syncStart(machine, 'sync now', json),
    NOW,
  );
  add(
    'start',
    'ensure that one healthy daemon runs, also where automatic starts are switched off, without an upload',
    async (json) => syncStart(machine, 'sync start', json),
    START,
  );
  add(
    'stop',
    'stop the recorded daemon of this runtime root, and no other',
    async (json) => syncStop(machine, json),
    STOP,
  );
  add(
    'status',
    'show the recorded daemon, its queue and its last upload',
    async (json) => syncStatus(machine, json),
    STATUS,
  );
  add(
    'logs',
    'show the last lines of the log of the daemon, and where the log is',
    (json) => syncLogs(machine, json),
    LOGS,
  );
  return sync.addCommand(forgetCommand(machine, exitWith));
}

/** `spec-kitty sync forget`. */
function forgetCommand(machine: Machine, exitWith: (code: ExitCode) => void): Command {
  const command = new Command('forget')
    .description(
      'clear the state file of this runtime root, if the daemon that it names is proven to have ended',
    )
    .addOption(endedElsewhereOption())
    .addOption(jsonOption())
    .allowExcessArguments(false)
    .action(async ({ json = false, endedElsewhere }: ForgetOptions) => {
      const root = runtimeRoot(machine.observer, machine.observer.self.environment);
      exitWith(
        root.ok
          ? await forget(machine, 'sync', root.path, { json, endedElsewhere: endedElsewhere === true })
          : reportFailure(machine, root, json),
      );
    });
  return addHelpSections(command, machine.observer, FORGET_HELP);
}

interface ForgetOptions extends SyncOptions {
  readonly endedElsewhere?: true;
}

function jsonOption(): Option {
  return new Option('--json', 'print one JSON document (schemas/sync-report.schema.json)');
}

const NOW: HelpSections = {
  notes:
    'It needs SPEC_KITTY_ENABLE_SAAS_SYNC=1, and does nothing without it. A daemon that cannot be started is a warning, and no\nerror.',
  examples: [['spec-kitty sync now', 'upload the waiting events']],
  exitCodes: `${EXIT.done} done, also without a daemon, ${EXIT.couldNot} the job could not be done`,
};
const START: HelpSections = {
  notes:
    'It needs SPEC_KITTY_ENABLE_SAAS_SYNC=1, the opt-in to hosted sync. It ignores what only keeps other commands from starting\na daemon: SPEC_KITTY_SYNC_DISABLE, SPEC_KITTY_SYNC_MINIMAL_IMPORT, and [sync] background_daemon = "manual" in config.toml.',
  examples: [['spec-kitty sync start', 'start a daemon, or see why none starts']],
  exitCodes: `${EXIT.done} a daemon runs, ${EXIT.attention} none does: the start was skipped, or failed, ${EXIT.couldNot} the job could not be done`,
};
const STOP: HelpSections = {
  examples: [['spec-kitty sync stop', 'stop it, for example before you sign in as another user']],
  exitCodes: `${EXIT.done} it has stopped, or none was recorded, ${EXIT.attention} it is still there, or it cannot be determined, ${EXIT.couldNot} the job could not be done`,
};
const STATUS: HelpSections = {
  examples: [['spec-kitty sync status', 'which daemon, how many events wait, and how the last upload went']],
  exitCodes: `${EXIT.done} shown, ${EXIT.couldNot} the job could not be done`,
};
const LOGS: HelpSections = {
  examples: [['spec-kitty sync logs', 'what the daemon did last, and which file says more']],
  exitCodes: `${EXIT.done} shown, also where there is no log yet, ${EXIT.couldNot} the log could not be read`,
};
const FORGET_HELP: HelpSections = {
  notes:
    'It signals nothing. A state file that names a daemon is removed; one that names none is renamed, and the new name is\nprinted. It stays if a daemon that it may name may run.',
  examples: [
    ['spec-kitty sync forget', 'clear it, or see which process or place prevents that'],
    ['spec-kitty sync forget --ended-elsewhere', 'after you have looked where this command cannot look'],
  ],
  exitCodes: `${EXIT.done} cleared, or there was no state file, ${EXIT.attention} a daemon that it may name may run, ${EXIT.couldNot} the job could not be done`,
};

/** `spec-kitty sync now` and `sync start`. Results go to stdout; what needs the operator goes to stderr. */
async function syncStart(
  machine: Machine,
  command: SyncStartReport['command'],
  json: boolean,
): Promise<ExitCode> {
  const root = runtimeRoot(machine.observer, machine.observer.self.environment);
  // Also for `sync now`, which reports other failures as warnings: a second folder would be created.
  const refused = refusedRoot(root);
  if (refused) return reportFailure(machine, refused, json);
  const { invocation } = thisProgram(machine.observer);
  const explicit = command === 'sync start';
  const { outcome, candidate } = await ensureSyncDaemon(machine, {
    intent: DaemonIntent.REMOTE_REQUIRED,
    explicit,
    invocation,
  });
  const { observer } = machine;
  // Why a daemon started from the current folder would send nothing.
  const idle = candidate && root.ok ? idleIn(observer, root.path, observer.self.environment) : null;
  const drain = candidate && !explicit ? await askToDrain(machine, candidate, { idle }) : 'not_asked';
  const report: SyncStartReport = { schema_version: 1, command, outcome, drain, idle };
  if (json) machine.actor.terminal.print(formatJson(report));
  else {
    machine.actor.terminal.print(`${startWords(report)}\n`);
    machine.actor.terminal.writeError(
      explicit && outcome.kind === 'skipped'
        ? `spec-kitty: no daemon was started\nnext step: ${skipRemedy(outcome.reason)}\n`
        : warningsFor(outcome, `${invocation} auth doctor`),
    );
  }
  return explicit && outcome.kind !== 'ready' ? EXIT.attention : EXIT.done;
}

/** What lets an explicit start go on: no other reason holds one back. */
function skipRemedy(reason: SkipReason): string {
  return reason === 'unsupported_platform'
    ? 'run it on Linux'
    : 'export SPEC_KITTY_ENABLE_SAAS_SYNC=1  # opts in to hosted sync; then run it again';
}

function startWords({ outcome, drain, idle }: SyncStartReport): string {
  switch (outcome.kind) {
    case 'skipped':
      return `sync skipped (${outcome.reason}): ${escapeForTerminal(outcome.detail)}`;
    case 'degraded':
      return `no sync daemon (${outcome.reason})${retiredLine(outcome)}`;
    case 'ready': {
      const { how, port, pid, package_version: version } = outcome.daemon;
      const who = `sync daemon ${how} on port ${port} (PID ${pid}, ${escapeForTerminal(version ?? 'unknown version')})`;
      // A released daemon has a session of its own, which `idle` does not describe.
      const why =
        idle && outcome.daemon.generation === 'own'
          ? `\nnothing is uploaded (${idle.why}): ${escapeForTerminal(idle.detail)}\nnext step: ${escapeForTerminal(idle.next_step)}`
          : '';
      return `${who}${DRAIN[drain]}${why}${retiredLine(outcome)}`;
    }
  }
}

const DRAIN: Readonly<Record<SyncStartReport['drain'], string>> = {
  requested: ', asked to upload',
  refused: ', which refused to upload',
  not_asked: '',
};

function retiredLine({ swept }: Exclude<StartupOutcome, { kind: 'skipped' }>): string {
  if (swept.length === 0) return '';
  const ports = swept.map(({ port }) => port).join(', ');
  return `\nretired ${count(swept.length, 'stale daemon')} (${ports})`;
}

function warningsFor(outcome: StartupOutcome, doctor: string): string {
  if (outcome.kind === 'skipped') return '';
  const { failed, operator_required: left } = outcome;
  const lines = [
    ...(outcome.kind === 'degraded'
      ? [`${escapeForTerminal(outcome.detail)}\nnext step: ${escapeForTerminal(outcome.next_step)}`]
      : []),
    ...(failed.length > 0
      ? [`${count(failed.length, 'stale daemon')} could not be retired: run \`${doctor}\``]
      : []),
    ...(left > 0 ? [`${count(left, 'daemon')} left for you to decide: run \`${doctor}\``] : []),
  ];
  return lines.map((line) => `spec-kitty: ${line}\n`).join('');
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}

/** `spec-kitty sync status`: changes nothing. */
async function syncStatus(machine: Machine, json: boolean): Promise<ExitCode> {
  const root = runtimeRoot(machine.observer, machine.observer.self.environment);
  if (!root.ok) return reportFailure(machine, root, json);
  const scan = await scanOwnListeners(machine.observer, 'sync', root.path);
  const report = await syncStatusOf(machine, scan, machine.observer.self.environment);
  machine.actor.terminal.print(
    json ? formatJson(report) : `${linesFor(report).map(escapeForTerminal).join('\n')}\n`,
  );
  return EXIT.done;
}

function linesFor({ daemon, queue, last_drain: last }: SyncStatusReport): readonly string[] {
  return [
    `daemon  ${daemonWords(daemon)}`,
    `queue   ${queueWords(queue)}`,
    ...(queue.next_step === null ? [] : [`        next step: ${queue.next_step}`]),
    ...(queue.idle
      ? [
          `upload  nothing is sent (${queue.idle.why}): ${queue.idle.detail}`,
          `        next step: ${queue.idle.next_step}`,
        ]
      : []),
    `last    ${last ? lastWords(last) : 'no upload yet'}`,
    ...(last?.detail == null ? [] : [`        ${last.detail}`]),
  ];
}

function lastWords({ at, end, requests, sent, acknowledged }: LastDrain): string {
  const events = requests === 0 ? '' : `, ${acknowledged} of ${sent} events acknowledged`;
  return `${at}: ${end}${events}`;
}

function daemonWords(daemon: SyncStatusReport['daemon']): string {
  if (!daemon) return 'none is recorded';
  const { port, pid, package_version: version, state } = daemon;
  const details = [
    ...(port === null ? [] : [`port ${port}`]),
    ...(pid === null ? [] : [`PID ${pid}`]),
    ...(version === null ? [] : [version]),
  ];
  const words = state.replace('_', ' ');
  return details.length === 0 ? words : `${words} (${details.join(', ')})`;
}

function queueWords({
  path,
  pending,
  oldest_at: oldest,
  set_aside: aside,
  unreadable,
}: SyncStatusReport['queue']): string {
  if (path === null) return 'unknown: it is not known whose events to upload';
  // `unreadable` names the path.
  if (unreadable !== null) return `cannot be read: ${unreadable}`;
  const setAside = aside ? aside.too_large + aside.malformed + aside.other_team : 0;
  const events = `${String(pending)} event${pending === 1 ? '' : 's'} waiting`;
  return `${events}${oldest === null ? '' : `, the oldest from ${oldest}`}${setAside > 0 ? `, ${setAside} of them set aside` : ''} (${path})`;
}

/** `spec-kitty sync stop`: stops the recorded daemon of this root if its identity is proven, and no other process. */
async function syncStop(machine: Machine, json: boolean): Promise<ExitCode> {
  const { invocation } = thisProgram(machine.observer);
  const refused = whyNotStoppedHere(machine.observer);
  if (refused) return reportFailure(machine, refused, json);
  const root = runtimeRoot(machine.observer, machine.observer.self.environment);
  if (!root.ok) return reportFailure(machine, root, json);
  const policy = openPolicy(machine.observer, null);
  if (!policy.ok) return reportFailure(machine, policyFailure(policy.problems), json);
  const result = await reset(machine, root.path, policy.policy, 'procfs', {
    selection: STOP_TARGETS,
    askedBy: 'sync stop',
    onProgress: (done, total) => {
      machine.actor.terminal.showProgress(done, total);
    },
  });
  if (!result.ok) return reportFailure(machine, result, json);

  const recorded = result.reset.result.filter(({ candidate }) => STOP_TARGETS.selects(candidate));
  const { swept, failed } = resultArrays(recorded);
  const report: SyncStopReport = {
    schema_version: 1,
    command: 'sync stop',
    daemon: recordedDaemon(result.judged),
    stopped: swept[0] ?? null,
    failed: failed[0] ?? null,
  };
  const doctor = `${invocation} auth doctor`;
  const remedy = (await stopRemedy(machine.observer, result)) ?? doctor;
  const { root: now } = result.reset.after.scan;
  const printed = { invocation, accountName: machine.observer.self.accountName };
  const forgetStep = remedyText(stateFileRemedy(now, result.judged.scan, printed));
  machine.actor.terminal.print(
    json ? formatJson(report) : `${stopWords(report, doctor, remedy, forgetStep)}\n`,
  );
  return report.failed || isInDoubt(report) ? EXIT.attention : EXIT.done;
}

/** Whether a daemon is recorded that was not stopped, because it runs elsewhere or cannot be determined. */
function isInDoubt({ daemon, stopped }: SyncStopReport): boolean {
  return stopped === null && (daemon?.state === 'elsewhere' || daemon?.state === 'unknown');
}

/**
 * @param remedy what to do if the daemon could not be stopped
 * @param forgetStep what to do if the daemon cannot be looked for
 */
function stopWords(
  { daemon, stopped, failed }: SyncStopReport,
  doctor: string,
  remedy: string,
  forgetStep: string,
): string {
  if (stopped) return `stopped the sync daemon on port ${stopped.port} (PID ${String(stopped.pid)})`;
  if (failed)
    return `the sync daemon on port ${failed.port} is still there: ${reasonWords(failed.failure_reason)} (${escapeForTerminal(failed.detail)})\nnext step: ${escapeForTerminal(remedy)}`;
  if (daemon?.state === 'elsewhere')
    return `the sync daemon of this root runs on another machine or network, or ran there: stop it there\nnext step: ${forgetStep}`;
  if (daemon?.state === 'unknown')
    return `cannot determine which daemon is recorded for this root\nnext step: ${doctor}`;
  return 'no sync daemon of this root is running';
}

import { Command, Option } from 'commander';
import { DaemonIntent } from '../daemon/outcome.js';
import { STOP_TARGETS } from '../enforcement/plan.js';
import { scanOwnListeners } from '../examine.js';
import type { Machine } from '../machine/machine.js';
import { openPolicy } from '../policy/load.js';
import { resultArrays, recordedDaemon } from '../report/build.js';
import { remedyText } from '../model/root-problem.js';
import { stateFileRemedy } from '../report/state-file-remedy.js';
import { formatJson } from '../text/json.js';
import { reset } from '../reset.js';
import { askToDrain, ensureSyncDaemon } from '../sync/ensure-sync-daemon.js';
import { refusedRoot, runtimeRoot } from '../sync/runtime-root.js';
import { idleIn, type SyncStartReport, syncStatusOf, type SyncStopReport } from '../sync/status.js';
import { policyFailure } from './doctor.js';
import { endedElsewhereOption, forget } from './forget.js';
import { addHelpSections, type HelpSections } from './help.js';
import { interruptible } from './interruptible.js';
import { thisProgram } from '../invocation.js';
import { syncLogs } from './sync-logs.js';
import { skipRemedy, startLines, statusLines, stopLines, warningsFor } from './sync-words.js';
import { stopRemedy, whyNotStoppedHere } from './stop-remedy.js';
import { EXIT, type ExitCode, nextStep, reportFailure, screenOf, textOf } from './output.js';

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
    'ensure that one healthy daemon runs, retire orphans, and upload the waiting events',
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
    'It needs SPEC_KITTY_ENABLE_SAAS_SYNC=1, and does nothing without it. A daemon that cannot be started is a warning, and no error.',
  examples: [['spec-kitty sync now', 'upload the waiting events']],
  exitCodes: `${EXIT.done} done, also without a daemon, ${EXIT.couldNot} the job could not be done`,
};
const START: HelpSections = {
  notes:
    'It needs SPEC_KITTY_ENABLE_SAAS_SYNC=1, the opt-in to hosted sync. It ignores what only keeps other commands from starting a daemon: SPEC_KITTY_SYNC_DISABLE, SPEC_KITTY_SYNC_MINIMAL_IMPORT, and [sync] background_daemon = "manual" in config.toml.',
  examples: [['spec-kitty sync start', 'start a daemon, or see why none starts']],
  exitCodes: `${EXIT.done} a daemon runs, ${EXIT.attention} none does: the start was skipped, or failed, ${EXIT.couldNot} the job could not be done`,
};
const STOP: HelpSections = {
  examples: [['spec-kitty sync stop', 'stop it, for example before you sign in as another user']],
  exitCodes: `${EXIT.done} it has stopped, or none was recorded, ${EXIT.attention} it is still there, or it cannot be determined, ${EXIT.couldNot} the job could not be done, ${EXIT.interrupted} you interrupted it`,
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
    'It signals nothing. A state file that names a daemon is removed; one that names none is renamed, and the new name is printed. It stays if a daemon that it may name may run.',
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
    machine.actor.terminal.print(textOf(startLines(report)));
    // On another platform, every command that needs sync would say the same.
    const isTold = outcome.kind === 'skipped' && (explicit || outcome.reason !== 'unsupported_platform');
    const step = isTold ? skipRemedy(outcome.reason, invocation) : null;
    const warnings = [
      ...(explicit && outcome.kind === 'skipped' ? ['spec-kitty: no daemon was started'] : []),
      ...(step === null ? [] : nextStep(step)),
      ...warningsFor(outcome, `${invocation} auth doctor`),
    ];
    machine.actor.terminal.writeError(textOf(warnings));
  }
  return explicit && outcome.kind !== 'ready' ? EXIT.attention : EXIT.done;
}

/** `spec-kitty sync status`: changes nothing. */
async function syncStatus(machine: Machine, json: boolean): Promise<ExitCode> {
  const root = runtimeRoot(machine.observer, machine.observer.self.environment);
  if (!root.ok) return reportFailure(machine, root, json);
  const scan = await scanOwnListeners(machine.observer, 'sync', root.path);
  const report = await syncStatusOf(machine, scan, machine.observer.self.environment);
  const { invocation } = thisProgram(machine.observer);
  machine.actor.terminal.print(
    json
      ? formatJson(report)
      : textOf(
          statusLines(report, {
            now: machine.observer.clock.now(),
            invocation,
            columns: screenOf(machine).columns,
          }),
        ),
  );
  return EXIT.done;
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
  const result = await interruptible(machine, (interruption) =>
    reset(machine, root.path, policy.policy, machine.observer.platform.exactCollector, {
      selection: STOP_TARGETS,
      askedBy: 'sync stop',
      onProgress: (done, total) => {
        machine.actor.terminal.showProgress(done, total);
      },
      interruption,
    }),
  );
  if (!result.ok) return reportFailure(machine, result, json, result.isInterrupted && EXIT.interrupted);

  const recorded = result.reset.result.filter(({ candidate }) => STOP_TARGETS.selects(candidate));
  const { swept, failed } = resultArrays(recorded);
  const report: SyncStopReport = {
    schema_version: 1,
    command: 'sync stop',
    daemon: recordedDaemon(result.judged),
    stopped: swept[0] ?? null,
    failed: failed[0] ?? null,
    interrupted: result.reset.isInterrupted,
  };
  const doctor = `${invocation} auth doctor`;
  const remedy = (await stopRemedy(machine.observer, result)) ?? doctor;
  const { root: now } = result.reset.after.scan;
  const printed = { invocation, accountName: machine.observer.self.accountName };
  const forgetStep = remedyText(stateFileRemedy(now, result.judged.scan, printed));
  machine.actor.terminal.print(
    json ? formatJson(report) : textOf(stopLines(report, doctor, remedy, forgetStep)),
  );
  if (report.interrupted) return EXIT.interrupted;
  return report.failed || isInDoubt(report) ? EXIT.attention : EXIT.done;
}

/** Whether a daemon is recorded that was not stopped, because it runs elsewhere or cannot be determined. */
function isInDoubt({ daemon, stopped }: SyncStopReport): boolean {
  return stopped === null && (daemon?.state === 'elsewhere' || daemon?.state === 'unknown');
}

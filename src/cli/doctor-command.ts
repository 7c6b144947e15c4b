import { Argument, Command, Option } from 'commander';
import { thisProgram } from '../invocation.js';
import type { Machine } from '../machine/machine.js';
import { COLLECTORS } from '../model/scan.js';
import { formatTarget, type Target } from '../model/target.js';
import { RESET_CLASSES } from '../enforcement/plan.js';
import { REPORT_FORMATS } from '../report/report.js';
import { shellQuote } from '../text/terminal.js';
import { authDoctor, type AuthDoctorOptions } from './doctor.js';
import { addHelpSections } from './help.js';
import { EXIT, type ExitCode, type Failure, reportFailure } from './output.js';
import { targetArgument } from './targets.js';

/** Creates the command `spec-kitty auth doctor` with its options and help. */
export function authDoctorCommand(machine: Machine, exitWith: (code: ExitCode) => void): Command {
  const command = new Command('doctor')
    .description(
      'list every listener on the sync ports (9400-9449), say what each is, and retire orphans with --reset',
    )
    .addArgument(
      new Argument(
        '[target...]',
        'with --reset: act on these only: PORT, pid:PID or pid:PID@START, which no later process with this PID matches',
      ).argParser((text: string, before: readonly Target[] | undefined) => [
        ...(before ?? []),
        targetArgument(text),
      ]),
    )
    .addOption(new Option('--format <name>', 'format of the report').choices(REPORT_FORMATS).default('text'))
    .addOption(
      new Option('--json', 'short for --format json (schemas/doctor-report.schema.json)').conflicts('format'),
    )
    .addOption(
      new Option('--all', 'one row for each listener on a terminal, too, where equal ones share a row'),
    )
    .addOption(
      new Option(
        '--out <file>',
        'write the report to this file instead, atomically and readable by all users',
      ),
    )
    .addOption(
      new Option('--quiet', 'print nothing: the exit code says whether something needs attention').conflicts([
        'format',
        'json',
        'out',
        'explain',
        'reset',
        'dryRun',
      ]),
    )
    .addOption(
      new Option(
        '--explain [target]',
        'show the evidence and the rules behind every class, or behind one: PORT or pid:PID',
      ).argParser(targetArgument),
    )
    .addOption(
      new Option(
        '--reset',
        'retire the orphans and the daemons that you decide about: on a terminal it asks about the latter, elsewhere it does not',
      ),
    )
    .addOption(
      new Option(
        '--only <class>',
        'with --reset: act only on what is safe to retire (safe_auto), the proven orphans, or only on what you decide about (operator_required)',
      ).choices(RESET_CLASSES),
    )
    .addOption(new Option('--yes', 'with --reset: do not ask, also on a terminal'))
    .addOption(new Option('--dry-run', 'with --reset: print what it would do, and do nothing'))
    .addOption(new Option('--policy <file>', 'classify by this policy instead of the shipped one'))
    .addOption(new Option('--save-facts <file>', 'save the scan without secrets, for --facts on any machine'))
    .addOption(
      new Option(
        '--facts <file>',
        'classify the listeners of a saved scan instead of this machine',
      ).conflicts(['saveFacts', 'collector']),
    )
    .addOption(
      new Option(
        '--collector <name>',
        'where to read processes from; --reset acts only on what procfs (Linux) or libproc (macOS) shows',
      )
        .choices(COLLECTORS)
        .default(machine.observer.platform.defaultCollector),
    )
    .allowExcessArguments(false)
    .action(async (targets: readonly Target[], _options: unknown, command: Command) => {
      const { json, ...given } = command.opts<
        Omit<AuthDoctorOptions, 'targets'> & { readonly json?: true }
      >();
      const options: AuthDoctorOptions = { ...given, targets, ...(json && { format: 'json' }) };
      const refused = refusedTogether(options, thisProgram(machine.observer).invocation);
      if (refused) {
        exitWith(reportFailure(machine, refused, options.format === 'json'));
        return;
      }
      for (const name of ['only', 'yes', 'dryRun'] as const) {
        if (options[name] === undefined || options.reset) continue;
        command.error(`error: option '--${name === 'dryRun' ? 'dry-run' : name}' goes with '--reset' only`);
      }
      if (options.format === 'openmetrics' && (options.reset || options.explain !== undefined)) {
        command.error("error: option '--format openmetrics' cannot be used with '--reset' or '--explain'");
      }
      const { defaultCollector, name } = machine.observer.platform;
      if (options.collector !== 'systeminformation' && options.collector !== defaultCollector) {
        const system = options.collector === 'procfs' ? 'Linux' : 'macOS';
        command.error(
          `error: option '--collector ${options.collector}' works on ${system} only; this is ${name}`,
        );
      }
      exitWith(await authDoctor(machine, options));
    });
  return addHelpSections(command, machine.observer, {
    examples: [
      ['spec-kitty auth doctor', 'what listens, and what to do about it'],
      ['spec-kitty auth doctor --explain 9405', 'why port 9405 has its class'],
      ['spec-kitty auth doctor --quiet', 'the exit code only, for scripts'],
      ['spec-kitty auth doctor --reset --dry-run', 'what a reset would do'],
      [
        'spec-kitty auth doctor --reset',
        'retire them; on a terminal it asks first about what is not proven to be an orphan',
      ],
      ['spec-kitty auth doctor --reset 9405 pid:4711', 'retire these two and nothing else'],
      ['spec-kitty auth doctor --format openmetrics --out spec-kitty.prom', 'metrics for node_exporter'],
    ],
    exitCodes: `${EXIT.done} nothing needs attention, ${EXIT.attention} something does, ${EXIT.couldNot} the job could not be done, ${EXIT.interrupted} you interrupted a reset`,
  });
}

/**
 * Says that words were given together which could be read as another command than they are, and what to type: in
 * `--reset --explain 9405`, the port belongs to `--explain`, and the reset would act on every daemon.
 */
function refusedTogether(
  { reset: isReset, dryRun, explain, facts, saveFacts, targets }: AuthDoctorOptions,
  invocation: string,
): Failure | null {
  const doctor = (words: string): string => `\`${invocation} auth doctor ${words}\``;
  const named = [...(typeof explain === 'object' ? [explain] : []), ...targets].map(formatTarget);
  const toExplain = doctor(['--explain', ...named.slice(0, 1)].join(' '));
  const toReset = doctor(['--reset', ...named].join(' '));
  if (!isReset) {
    if (targets.length === 0) return null;
    const toAct = dryRun
      ? `${doctor(['--reset', '--dry-run', ...named].join(' '))} to see what a reset would do`
      : `${toReset} to retire what it names`;
    const remedy = `type ${toExplain} to see why, or ${toAct}`;
    return {
      message: `a target (${targets.map(formatTarget).join(' ')}) goes with \`--reset\` only`,
      remedy,
    };
  }
  if (explain !== undefined) {
    const what = named.length === 0 ? 'the orphans' : 'what it names, and nothing else';
    const remedy = `type ${toExplain} to see why, or ${toReset} to retire ${what}`;
    return { message: '`--explain` changes nothing, so it does not go with `--reset`', remedy };
  }
  if (facts !== undefined) {
    const remedy = `type ${doctor(`--facts ${shellQuote(facts)}`)}, or ${doctor('--reset')}, which acts on this machine`;
    return { message: '`--facts` shows a saved scan, so it does not go with `--reset`', remedy };
  }
  if (saveFacts !== undefined) {
    const remedy = `type ${doctor(`--save-facts ${shellQuote(saveFacts)}`)} first, then ${doctor('--reset')}`;
    return {
      message: '`--save-facts` saves what is there before a reset, so it does not go with `--reset`',
      remedy,
    };
  }
  return null;
}

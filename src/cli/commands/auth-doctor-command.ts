import { Command, InvalidArgumentError, Option } from 'commander';
import { RESET_CLASSES } from '../../action/plan.js';
import { COLLECTORS, DEFAULT_COLLECTOR } from '../../model/evidence.js';
import { HERE } from '../../model/platform.js';
import { isInRange, PORT_RANGES } from '../../model/family.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { teach } from '../teach.js';
import type { AuthDoctorOptions } from './doctor-request.js';
import { REPORT_FORMATS } from '../../report/formats/names.js';
import type { ExplainTarget } from './explain-target.js';

/** The words of `spec-kitty auth doctor`; what it does is in `auth-doctor.ts`. */
export function authDoctorCommand(exitWith: (code: ExitCode) => void): Command {
  const command = new Command('doctor')
    .description('find every listener on the sync ports (9400-9449), say what it is, and clean up on request')
    .addOption(new Option('--format <name>', 'how to print it').choices(REPORT_FORMATS).default('text'))
    .addOption(
      new Option('--json', 'short for --format json (schemas/doctor-report.schema.json)').conflicts('format'),
    )
    .addOption(new Option('--out <file>', 'write it to this file, whole or not at all, for all to read'))
    .addOption(
      new Option(
        '--explain [target]',
        'show the evidence and the rules behind each verdict, or one: PORT or pid:PID',
      ).argParser(parseTarget),
    )
    .addOption(new Option('--reset', 'retire the orphaned daemons, and those that need your decision'))
    .addOption(new Option('--only <class>', 'with --reset: act on this class only').choices(RESET_CLASSES))
    .addOption(new Option('--dry-run', 'with --reset: print what would be done, and do nothing'))
    .addOption(new Option('--policy <file>', 'judge by this policy instead of the shipped one'))
    .addOption(
      new Option('--save-facts <file>', 'save what was read, without secrets, to be judged again elsewhere'),
    )
    .addOption(
      new Option('--facts <file>', 'judge saved facts instead of this machine').conflicts([
        'reset',
        'saveFacts',
        'collector',
      ]),
    )
    .addOption(
      new Option('--collector <name>', 'where to look; only what procfs (Linux) saw is ever acted on')
        .choices(COLLECTORS)
        .default(DEFAULT_COLLECTOR),
    )
    .allowExcessArguments(false)
    .action(async (_options: unknown, command: Command) => {
      const { json, ...given } = command.opts<AuthDoctorOptions & { readonly json?: true }>();
      const options: AuthDoctorOptions = json ? { ...given, format: 'json' } : given;
      for (const name of ['only', 'dryRun'] as const) {
        if (options[name] === undefined || options.reset) continue;
        command.error(`error: option '--${name === 'only' ? 'only' : 'dry-run'}' goes with '--reset' only`);
      }
      if (options.format === 'openmetrics' && (options.reset || options.explain !== undefined)) {
        command.error("error: option '--format openmetrics' goes with a plain look only");
      }
      if (options.collector === 'procfs' && !HERE.canAct) {
        command.error(`error: option '--collector procfs' works on Linux only; this is ${HERE.name}`);
      }
      const { authDoctor } = await import('./auth-doctor.js');
      exitWith(await authDoctor(options));
    });
  return teach(command, {
    examples: [
      ['spec-kitty auth doctor', 'what is there, and what to do about it'],
      ['spec-kitty auth doctor --explain 9405', 'why port 9405 got its verdict'],
      ['spec-kitty auth doctor --reset --dry-run', 'what a reset would do'],
      ['spec-kitty auth doctor --reset', 'clean up'],
      ['spec-kitty auth doctor --format openmetrics --out spec-kitty.prom', 'for a textfile collector'],
    ],
    exitCodes: `${EXIT.done} nothing needs attention, ${EXIT.attention} something does, ${EXIT.couldNot} the job could not be done`,
  });
}

function parseTarget(text: string): ExplainTarget {
  const pid = /^pid:([1-9]\d{0,9})$/.exec(text)?.[1];
  if (pid !== undefined) return { pid: Number(pid) };
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && isInRange(port, 'sync')) return { port };
  const { first, end } = PORT_RANGES.sync;
  throw new InvalidArgumentError(`It takes a sync port (${first}-${end - 1}) or pid:PID.`);
}

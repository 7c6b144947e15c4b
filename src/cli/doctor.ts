import { Command, InvalidArgumentError, Option } from 'commander';
import { RESET_CLASSES, type ResetClass, selectForReset, type TargetSelection } from '../enforcement/plan.js';
import {
  examineSaved,
  judge,
  type JudgedScan,
  nearestChangesIn,
  savedScanText,
  scanAllListeners,
} from '../examine.js';
import type { Machine, Observer } from '../machine/machine.js';
import type { JudgedCandidate } from '../model/candidate.js';
import { isInRange, PORT_RANGES } from '../model/family.js';
import {} from '../model/product.js';
import { type CollectorName, COLLECTORS } from '../model/scan.js';
import type { PolicyHandle } from '../model/verdict.js';
import type { PolicyProblem } from '../policy/finding.js';
import { openPolicy } from '../policy/load.js';
import { buildReport } from '../report/build.js';
import { formatJson } from '../text/json.js';
import { formatOpenMetrics } from '../report/openmetrics.js';
import type { ReportDetails, ReportInput } from '../report/report-input.js';
import { type DoctorReport, REPORT_FORMATS, type ReportFormat } from '../report/report.js';
import { styleFor } from '../text/terminal.js';
import { formatText } from '../report/text.js';
import { planOf } from '../cleanup.js';
import { handleSupportFor, reset, type Reset, suspendedDaemons } from '../reset.js';
import { runtimeRoot } from '../sync/runtime-root.js';
import { addHelpSections } from './help.js';
import { programName } from './invocation.js';
import { EXIT, type ExitCode, type Failure, reportFailure } from './output.js';

/**
 * `spec-kitty auth doctor`: examines, acts only with `--reset`, and prints one report.
 */
export async function authDoctor(machine: Machine, options: AuthDoctorOptions): Promise<ExitCode> {
  const json = options.format === 'json';
  const root =
    options.facts === undefined ? runtimeRoot(machine.observer, machine.observer.self.environment) : null;
  if (root?.ok === false) return reportFailure(machine, root, json);
  const justLooks = root !== null && (!options.reset || options.dryRun);
  const scanning = justLooks ? scanAllListeners(machine.observer, root.path, options.collector) : null;
  const opened = openPolicy(machine.observer, options.policy ?? null);
  const { invocation, other } = programName(
    machine.observer,
    machine.observer.self.environment,
    machine.observer.self.commandLine[1] ?? '',
  );
  const style = styleFor(
    options.format === 'text' && options.out === undefined && machine.actor.terminal.hasColour(),
  );
  const facts = await scanning;
  if (!opened.ok) return reportFailure(machine, policyFailure(opened.problems), json);
  const done: Done = facts
    ? { ok: true, judged: await judge(facts, opened.policy) }
    : await examineAsAsked(machine, root?.path ?? null, opened.policy, options);
  if (!done.ok) return reportFailure(machine, done, json);

  const { judged, reset = null } = done;
  const target = options.explain === true || reset ? undefined : options.explain;
  if (target && !judged.candidates.some((candidate) => isTarget(candidate, target))) {
    return reportFailure(machine, nothingThere(target), json);
  }
  const isQuiet = judged.candidates.length === 0 && !reset && !options.dryRun;
  const input: ReportInput = {
    judged,
    reset,
    ...(isQuiet ? NO_DETAILS : await detailsFor(machine.observer, judged, options)),
    invocation,
    savedScan: options.facts ?? null,
    otherSpecKitty: other,
    generatedAt: machine.observer.clock.now(),
  };
  const report = buildReport(input);
  const text = {
    json: () => formatJson(report),
    openmetrics: () => formatOpenMetrics(report),
    text: () => formatText(report, style),
  };
  const lost = deliver(machine, text[options.format](), judged, options);
  for (const words of lost) machine.actor.terminal.writeError(`spec-kitty: ${words}\n`);
  return lost.length === 0 ? exitCodeOf(report) : EXIT.couldNot;
}

async function detailsFor(
  observer: Observer,
  judged: JudgedScan,
  options: AuthDoctorOptions,
): Promise<ReportDetails> {
  if (options.dryRun || options.explain) return detailsOf(observer, judged, options);
  // Saved facts are judged and never acted on: there is nothing to hold.
  if (options.facts !== undefined) return NO_DETAILS;
  return {
    ...NO_DETAILS,
    handleSupport: await handleSupportFor(observer, judged),
    suspended: suspendedDaemons(observer, judged),
  };
}

const NO_DETAILS: ReportDetails = { plan: null, explain: null, handleSupport: null, suspended: new Map() };

/** @returns what could not be put where it was asked for, and why */
function deliver(
  machine: Machine,
  report: string,
  judged: JudgedScan,
  options: AuthDoctorOptions,
): readonly string[] {
  if (options.out === undefined) machine.actor.terminal.print(report);
  if (options.out === undefined && options.saveFacts === undefined) return [];
  const lost = writeFiles(machine, report, judged, options);
  // What was done is done: somebody has to be told.
  if (options.out !== undefined && lost.length > 0) machine.actor.terminal.print(report);
  return lost;
}

function exitCodeOf({ scope, findings }: DoctorReport): ExitCode {
  if (scope.could_not_look !== null) return EXIT.couldNot;
  return findings.some(({ severity }) => severity === 'attention') ? EXIT.attention : EXIT.done;
}

/** The words of `spec-kitty auth doctor`; what it does is in `auth-doctor.ts`. */
export function authDoctorCommand(machine: Machine, exitWith: (code: ExitCode) => void): Command {
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
        .default(machine.observer.platform.defaultCollector),
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
      if (options.collector === 'procfs' && !machine.observer.platform.canAct) {
        command.error(
          `error: option '--collector procfs' works on Linux only; this is ${machine.observer.platform.name}`,
        );
      }
      exitWith(await authDoctor(machine, options));
    });
  return addHelpSections(command, {
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

/** Why `auth doctor` could not do its job, each with its next step. */

export function policyFailure(problems: readonly PolicyProblem[]): Failure {
  const lines = problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
  return {
    message: `the policy cannot be used\n${lines.join('\n')}`,
    remedy: problems[0]?.hint ?? 'mend the policy, or leave out `--policy` to use the shipped one',
  };
}

function nothingThere(target: ExplainTarget): Failure {
  const what =
    'port' in target ? `nothing listens on port ${target.port}` : `PID ${target.pid} listens on no sync port`;
  return { message: what, remedy: 'run `spec-kitty auth doctor` to see what is there' };
}

function unusableFacts(path: string, why: string): Failure {
  return {
    message: `cannot use the saved facts \`${path}\`: ${why}`,
    remedy: 'save them anew with `spec-kitty auth doctor --save-facts FILE`',
  };
}

/** Judges saved facts, or retires what it may in the root of this user. */
async function examineAsAsked(
  machine: Machine,
  root: string | null,
  policy: PolicyHandle,
  options: AuthDoctorOptions,
): Promise<Done> {
  if (root !== null) {
    return reset(machine, root, policy, options.collector, {
      selection: wishOf(options),
      askedBy: 'auth doctor --reset',
      onProgress: (done, total) => {
        machine.actor.terminal.showProgress(done, total);
      },
    });
  }
  const path = options.facts ?? '';
  const saved = await examineSaved(machine.observer, path, policy);
  return saved.ok ? { ok: true, judged: saved.value } : { ok: false, ...unusableFacts(path, saved.why) };
}

/** What the report says beyond what was found. */
async function detailsOf(
  observer: Observer,
  judged: JudgedScan,
  options: AuthDoctorOptions,
): Promise<ReportDetails> {
  const { explain } = options;
  return {
    plan: options.dryRun ? planOf(judged, wishOf(options)) : null,
    explain: explain
      ? {
          selects: (candidate) => explain === true || isTarget(candidate, explain),
          nearest: await nearestChangesIn(judged),
        }
      : null,
    // Saved facts are judged and never acted on: there is nothing to hold.
    handleSupport: options.facts === undefined ? await handleSupportFor(observer, judged) : null,
    suspended: options.facts === undefined ? suspendedDaemons(observer, judged) : new Map(),
  };
}

/**
 * Writes the report and the facts to the files that were named.
 * @returns what could not be written, and why
 */
function writeFiles(
  machine: Machine,
  report: string,
  judged: JudgedScan,
  { out, saveFacts }: AuthDoctorOptions,
): readonly string[] {
  const troubles: string[] = [];
  const note = (what: string, trouble: string | null) => {
    if (trouble !== null) troubles.push(`cannot ${what}: ${trouble}; name a file that can be written`);
  };
  if (out !== undefined) note(`write the report to ${out}`, machine.actor.files.writePublic(out, report));
  if (saveFacts !== undefined) {
    note(
      `save the facts to ${saveFacts}`,
      machine.actor.files.writePrivate(saveFacts, savedScanText(machine.observer, judged.scan)),
    );
  }
  return troubles;
}

function wishOf({ only }: AuthDoctorOptions): TargetSelection {
  return selectForReset(only ? [only] : RESET_CLASSES);
}

export interface AuthDoctorOptions {
  readonly format: ReportFormat;
  /** Where the report goes instead of to stdout. */
  readonly out?: string;
  /** `true` explains every candidate. */
  readonly explain?: true | ExplainTarget;
  readonly reset?: true;
  readonly only?: ResetClass;
  readonly dryRun?: true;
  readonly policy?: string;
  readonly saveFacts?: string;
  readonly facts?: string;
  readonly collector: CollectorName;
}

/** What came of it: what was found, and what a reset did. */
type Done =
  | { readonly ok: true; readonly judged: JudgedScan; readonly reset?: Reset }
  | (Failure & { readonly ok: false });

/** What `--explain` is narrowed to. */
type ExplainTarget = { readonly port: number } | { readonly pid: number };

function isTarget({ identity }: JudgedCandidate, target: ExplainTarget): boolean {
  return 'port' in target ? identity.port === target.port : identity.pid === target.pid;
}

import {
  examineSaved,
  judge,
  type JudgedScan,
  nearestChangesIn,
  savedScanText,
  scanAllListeners,
} from '../examine.js';
import type { Machine, Observer } from '../machine/machine.js';
import type { FailureCauses } from '../model/outcome.js';
import { isNamedBy, type Target } from '../model/target.js';
import type { PolicyHandle } from '../model/verdict.js';
import { type PolicyProblem, problemLine } from '../policy/finding.js';
import { openPolicy } from '../policy/load.js';
import { buildReport } from '../report/build.js';
import { formatJson } from '../text/json.js';
import { formatOpenMetrics } from '../report/openmetrics.js';
import type { ReportDetails, ReportInput } from '../report/report-input.js';
import type { DoctorReport } from '../report/report.js';
import { inertName } from '../text/terminal.js';
import { formatText } from '../report/text.js';
import { planOf, requestFor } from '../enforce.js';
import { during, scanWait } from '../enforcement/waits.js';
import { failureCauses, handleSupportFor, type Reset, suspendedDaemons } from '../reset.js';
import { actingInvocation, withExperiment } from '../sync/experiment.js';
import { runtimeRoot } from '../sync/runtime-root.js';
import { asksOnTerminal, type ResetOptions, resetRequest, runReset } from './doctor-reset.js';
import { thisProgram } from '../invocation.js';
import { EXIT, type ExitCode, type Failure, FILE, reportFailure, screenOf, textOf } from './output.js';
import { nothingNamed } from './targets.js';

/** `spec-kitty auth doctor`: scans, judges and prints one report; retires daemons only with `--reset`. */
export async function authDoctor(given: Machine, options: AuthDoctorOptions): Promise<ExitCode> {
  const json = options.format === 'json';
  const root =
    options.facts === undefined ? runtimeRoot(given.observer, given.observer.self.environment) : null;
  if (root?.ok === false) return reportFailure(given, root, json);
  const machine = root ? withExperiment(given, root.path) : given;
  const changesNothing = root !== null && (!options.reset || options.dryRun);
  // The policy is loaded while the scan waits for answers.
  const scanned = changesNothing ? scanAllListeners(machine.observer, root.path, options.collector) : null;
  const scanning = scanned && !options.quiet ? during(machine, scanWait('sync'), scanned) : scanned;
  const opened = openPolicy(machine.observer, options.policy ?? null);
  const { invocation: program, other } = thisProgram(machine.observer);
  const screen = options.format === 'text' && options.out === undefined ? screenOf(machine) : FILE;
  const scan = await scanning;
  if (!opened.ok) return reportFailure(machine, policyFailure(opened.problems), json);
  const invocation = actingInvocation(machine.observer, program);
  const examined: Examined = scan
    ? { ok: true, judged: await judge(scan, opened.policy) }
    : await resetOrReplay(machine, root?.path ?? null, opened.policy, options, invocation);
  if (!examined.ok) return reportFailure(machine, examined, json, examined.isInterrupted && EXIT.interrupted);

  const { judged, reset = null } = examined;
  const target = options.explain === true ? undefined : options.explain;
  if (target && !judged.candidates.some((candidate) => isNamedBy(target, candidate))) {
    return reportFailure(machine, nothingNamed(target, judged.candidates), json);
  }
  const planned = options.dryRun ? requestFor(judged, resetRequest(options, invocation)) : null;
  if (planned?.ok === false) return reportFailure(machine, planned, json);
  const isEmpty = judged.candidates.length === 0 && !reset && !options.dryRun;
  const input: ReportInput = {
    judged,
    reset,
    ...(options.facts === undefined ? await failureCauses(machine.observer, judged, reset) : NO_CAUSES),
    ...(isEmpty ? NO_DETAILS : await detailsFor(machine.observer, judged, options)),
    plan: planned && planOf(judged, planned.request.selection),
    invocation,
    accountName: machine.observer.self.accountName,
    savedScan: options.facts ?? null,
    otherSpecKitty: other,
    generatedAt: machine.observer.clock.now(),
  };
  const report = buildReport(input);
  const text = {
    json: () => formatJson(report),
    openmetrics: () => formatOpenMetrics(report),
    text: () => formatText(report, screen, { everyRow: options.all === true, asks: asksOnTerminal(options) }),
  };
  const errors = deliver(machine, text[options.format](), judged, options);
  for (const error of errors) machine.actor.terminal.writeError(textOf([`spec-kitty: ${error}`]));
  if (reset?.isInterrupted) return EXIT.interrupted;
  return errors.length === 0 ? exitCodeOf(report) : EXIT.couldNot;
}

/** Reads what a report on listeners needs beyond the judged scan. */
async function detailsFor(
  observer: Observer,
  judged: JudgedScan,
  options: AuthDoctorOptions,
): Promise<Omit<ReportDetails, 'plan'>> {
  const { explain } = options;
  // A reset never acts on saved facts, and their processes may not exist on this machine.
  const isLive = options.facts === undefined;
  return {
    explain: explain
      ? {
          selects: (candidate) => explain === true || isNamedBy(explain, candidate),
          nearest: await nearestChangesIn(judged),
        }
      : null,
    handleSupport: isLive ? await handleSupportFor(observer, judged) : null,
    suspended: isLive ? suspendedDaemons(observer, judged) : new Map(),
  };
}

const NO_CAUSES: FailureCauses = { rootProblem: null, handleSupport: null, stillSuspended: new Map() };

const NO_DETAILS: Omit<ReportDetails, 'plan'> = { explain: null, handleSupport: null, suspended: new Map() };

/**
 * Prints the report, or writes it to `--out`; writes the scan to `--save-facts`.
 * @returns what could not be written, and why
 */
function deliver(
  machine: Machine,
  report: string,
  judged: JudgedScan,
  options: AuthDoctorOptions,
): readonly string[] {
  if (options.out === undefined && !options.quiet) machine.actor.terminal.print(report);
  if (options.out === undefined && options.saveFacts === undefined) return [];
  const errors = writeFiles(machine, report, judged, options);
  // After a failed write the report is printed: a reset may have retired daemons, and its report must not be lost.
  if (options.out !== undefined && errors.length > 0) machine.actor.terminal.print(report);
  return errors;
}

function exitCodeOf({ scope, findings }: DoctorReport): ExitCode {
  if (scope.could_not_look !== null) return EXIT.couldNot;
  return findings.some(({ severity }) => severity === 'attention') ? EXIT.attention : EXIT.done;
}

/** Says that the policy cannot be used, with the place of each problem. */
export function policyFailure(problems: readonly PolicyProblem[]): Failure {
  return {
    message: 'the policy cannot be used',
    more: problems.map(problemLine),
    remedy: problems[0]?.hint ?? 'correct the policy, or leave out `--policy` to use the shipped one',
  };
}

function unusableFacts(path: string, why: string): Failure {
  return {
    message: `cannot use the saved facts ${inertName(path)}: ${why}`,
    remedy: 'save them again with `spec-kitty auth doctor --save-facts FILE`',
  };
}

/** Resets the root of this user, or judges the saved facts if `root` is null. */
async function resetOrReplay(
  machine: Machine,
  root: string | null,
  policy: PolicyHandle,
  options: AuthDoctorOptions,
  invocation: string,
): Promise<Examined> {
  if (root !== null) return runReset(machine, root, policy, options, invocation);
  const path = options.facts ?? '';
  const saved = await examineSaved(machine.observer, path, policy);
  return saved.ok ? { ok: true, judged: saved.value } : { ok: false, ...unusableFacts(path, saved.why) };
}

function writeFiles(
  machine: Machine,
  report: string,
  judged: JudgedScan,
  { out, saveFacts }: AuthDoctorOptions,
): readonly string[] {
  const errors: string[] = [];
  const note = (what: string, error: string | null) => {
    if (error !== null) errors.push(`cannot ${what}: ${error}; name a file that can be written`);
  };
  if (out !== undefined)
    note(`write the report to ${inertName(out)}`, machine.actor.files.writePublic(out, report));
  if (saveFacts !== undefined) {
    note(
      `save the facts to ${inertName(saveFacts)}`,
      machine.actor.files.writePrivate(saveFacts, savedScanText(machine.observer, judged.scan)),
    );
  }
  return errors;
}

export interface AuthDoctorOptions extends ResetOptions {
  /** The file that the report is written to, instead of stdout. */
  readonly out?: string;
  /** One row for each listener on a terminal, too. */
  readonly all?: true;
  readonly quiet?: true;
  /** `true` explains every candidate. */
  readonly explain?: true | Target;
  readonly reset?: true;
  readonly dryRun?: true;
  readonly policy?: string;
  readonly saveFacts?: string;
  readonly facts?: string;
}

/** The judged scan and what a reset did, or why there is no judged scan. */
type Examined =
  | { readonly ok: true; readonly judged: JudgedScan; readonly reset?: Reset }
  | (Failure & { readonly ok: false; readonly isInterrupted?: true });

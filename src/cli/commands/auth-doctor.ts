import { RESET_CLASSES, type ResetClass } from '../../action/plan.js';
import type { JudgedCandidate } from '../../model/candidate.js';
import type { DoctorReport } from '../../model/report.js';
import type { Policy } from '../../model/verdict.js';
import { type Examination, examine, fenceFor, nearest, plan, type Reset, reset } from '../../pipeline.js';
import { loadPolicy } from '../../policy/load.js';
import type { PolicyProblem } from '../../policy/problem.js';
import { buildReport } from '../../report/build-report.js';
import { formatJson } from '../../report/formats/json.js';
import { styleFor } from '../../report/formats/style.js';
import { formatText } from '../../report/formats/text.js';
import { EXIT, type ExitCode } from '../exit-codes.js';
import { type Failure, reportFailure } from '../failure.js';
import { programName } from '../invocation.js';
import { progressOn } from '../progress.js';
import { runtimeRoot } from '../runtime-root.js';

export type ExplainTarget = { readonly port: number } | { readonly pid: number };

export interface AuthDoctorOptions {
  readonly json?: true;
  /** `true` explains every candidate. */
  readonly explain?: true | ExplainTarget;
  readonly reset?: true;
  readonly only?: ResetClass;
  readonly dryRun?: true;
  readonly policy?: string;
}

/** `spec-kitty auth doctor`: examines, acts only with `--reset`, and prints one report. */
export async function authDoctor(options: AuthDoctorOptions): Promise<ExitCode> {
  const json = options.json ?? false;
  if (process.platform !== 'linux') return reportFailure(NOT_LINUX, json);
  const root = runtimeRoot(process.env);
  if (!root.ok) return reportFailure(root, json);
  const loaded = loadPolicy(options.policy ?? null);
  if (!loaded.ok) return reportFailure(policyFailure(loaded.problems), json);

  const done = await examineOrReset(root.path, loaded.policy, options);
  if (!done.ok) return reportFailure(done, json);
  const target = options.explain === true || done.reset ? undefined : options.explain;
  if (target && !done.examination.candidates.some((candidate) => isTarget(candidate, target))) {
    return reportFailure(nothingThere(target), json);
  }
  const report = await makeReport(done.examination, done.reset, options);
  process.stdout.write(json ? formatJson(report) : formatText(report, styleFor(hasColour())));
  return exitCodeOf(report);
}

type Done =
  | { readonly ok: true; readonly examination: Examination; readonly reset: Reset | null }
  | (Failure & { readonly ok: false });

async function examineOrReset(root: string, policy: Policy, options: AuthDoctorOptions): Promise<Done> {
  if (!options.reset || options.dryRun) {
    return { ok: true, examination: await examine(root, policy), reset: null };
  }
  return reset(root, policy, classesOf(options), progressOn(process.stderr));
}

async function makeReport(
  examination: Examination,
  done: Reset | null,
  options: AuthDoctorOptions,
): Promise<DoctorReport> {
  const { explain } = options;
  const { invocation, other } = programName(process.env, process.argv[1] ?? '');
  return buildReport({
    examination,
    plan: options.dryRun ? plan(examination, classesOf(options)) : null,
    reset: done,
    explain: explain
      ? {
          selects: (candidate) => explain === true || isTarget(candidate, explain),
          nearest: (candidate) => nearest(examination, candidate),
        }
      : null,
    fence: await fenceFor(examination),
    invocation,
    otherSpecKitty: other,
    generatedAt: new Date(),
  });
}

function classesOf({ only }: AuthDoctorOptions): readonly ResetClass[] {
  return only ? [only] : RESET_CLASSES;
}

function isTarget({ identity }: JudgedCandidate, target: ExplainTarget): boolean {
  return 'port' in target ? identity.port === target.port : identity.pid === target.pid;
}

function exitCodeOf({ scope, findings }: DoctorReport): ExitCode {
  if (scope.could_not_look !== null) return EXIT.couldNot;
  return findings.some(({ severity }) => severity === 'attention') ? EXIT.attention : EXIT.done;
}

function hasColour(): boolean {
  return process.stdout.isTTY && !process.env['NO_COLOR'];
}

const NOT_LINUX: Failure = {
  message: `cannot look for daemons on ${process.platform} yet: only Linux can be asked who holds a socket`,
  nextStep: 'run it on the Linux machine that has the daemons',
};

function policyFailure(problems: readonly PolicyProblem[]): Failure {
  const lines = problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
  return {
    message: `the policy cannot be used\n${lines.join('\n')}`,
    nextStep: problems[0]?.hint ?? 'mend the policy, or leave out `--policy` to use the shipped one',
  };
}

function nothingThere(target: ExplainTarget): Failure {
  const what =
    'port' in target ? `nothing listens on port ${target.port}` : `PID ${target.pid} listens on no sync port`;
  return { message: what, nextStep: 'run `spec-kitty auth doctor` to see what is there' };
}

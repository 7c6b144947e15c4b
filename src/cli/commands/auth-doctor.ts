import { RESET_CLASSES, type ResetClass } from '../../action/plan.js';
import type { JudgedCandidate } from '../../model/candidate.js';
import type { DoctorReport } from '../../model/report.js';
import { carryOut, type Examination, examine, nearest, plan } from '../../pipeline.js';
import { loadPolicy, type PolicyProblem } from '../../policy/load.js';
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

  const examination = await examine(root.path, loaded.policy);
  const target = options.explain === true ? undefined : options.explain;
  if (target && !examination.candidates.some((candidate) => isTarget(candidate, target))) {
    return reportFailure(nothingThere(target), json);
  }
  const report = await actAndReport(examination, options);
  process.stdout.write(json ? formatJson(report) : formatText(report, styleFor(hasColour())));
  return exitCodeOf(report);
}

async function actAndReport(examination: Examination, options: AuthDoctorOptions): Promise<DoctorReport> {
  const { explain } = options;
  const { invocation, other } = programName(process.env, process.argv[1] ?? '');
  const planned = options.reset ? plan(examination, options.only ? [options.only] : RESET_CLASSES) : null;
  const reset =
    planned && !options.dryRun ? await carryOut(planned, examination, progressOn(process.stderr)) : null;
  return buildReport({
    examination,
    plan: options.dryRun ? planned : null,
    reset,
    explain: explain
      ? {
          selects: (candidate) => explain === true || isTarget(candidate, explain),
          nearest: (candidate) => nearest(examination, candidate),
        }
      : null,
    invocation,
    otherSpecKitty: other,
    generatedAt: new Date(),
  });
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

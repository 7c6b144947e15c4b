import schema from '../../schemas/policy.schema.json' with { type: 'json' };
import { examineSaved, toSavedScan } from '../examine.js';
import { thisProgram } from '../invocation.js';
import type { Machine, Observer } from '../machine/machine.js';
import { ok, type Result } from '../model/result.js';
import type { Policy } from '../model/verdict.js';
import { readAcknowledged } from '../policy/acknowledged.js';
import { certify } from '../policy/certificate.js';
import { diffPolicies, type DiffResult, type FailOn } from '../policy/diff.js';
import type { PolicyResult } from '../policy/finding.js';
import { canonical } from '../policy/fmt.js';
import { PROVEN } from '../policy/invariants.js';
import { checkPolicy } from '../policy/lint.js';
import { openForAnalysis, openAtCommit } from '../policy/load.js';
import { frontierOf, provePolicy } from '../policy/prove.js';
import {
  beside,
  fileName,
  type FileName,
  policyName,
  policyOfTree,
  readPolicyFile,
  SHIPPED,
} from '../policy/source-file.js';
import { readCases } from '../policy/test/cases.js';
import { casesFromRecordings, type Replayed } from '../policy/test/recordings.js';
import { testPolicy, type TestResult } from '../policy/test/run.js';
import { scanOf } from '../policy/witness.js';
import { formatJson } from '../text/json.js';
import { inertName, shellQuote } from '../text/terminal.js';
import { EXIT, type ExitCode, type Failure, nextStep, reportFailure, textOf } from './output.js';
import {
  finish,
  finishOne,
  formatOf,
  type OutputOptions,
  type Refused,
  refusedResult,
  reportRefused,
} from './policy-output.js';

/** `spec-kitty policy check [FILE]`: whether the file is a valid policy in which every rule matters. */
export function policyCheck(machine: Machine, given: string | undefined, options: OutputOptions): ExitCode {
  const file = policyName(machine.observer, given);
  const opened = openForAnalysis(machine.observer, file);
  const checked = checkPolicy(opened, file.shown);
  return checked.outcome === 'failed' && !opened.ok
    ? finishOne(machine, 'check', file, opened, options)
    : finish(machine, [checked], options);
}

export interface PolicyCiOptions extends OutputOptions {
  readonly against?: string;
}

/** `spec-kitty policy ci [FILE]`: check, prove, test and diff as one report, for reviews. */
export async function policyCi(
  machine: Machine,
  given: string | undefined,
  options: PolicyCiOptions,
): Promise<ExitCode> {
  const file = reviewedName(machine.observer, given);
  if (file === null) return reportFailure(machine, NO_POLICY_HERE, formatOf(options) === 'json');
  return finish(machine, await resultsFor(machine.observer, file, options.against), options);
}

/**
 * Returns the policy that a review is about; null if the user named none and the working tree has none. The shipped
 * policy is none of a review in another repository.
 */
function reviewedName(observer: Observer, given: string | undefined): FileName | null {
  return given === undefined ? policyOfTree(observer) : fileName(given);
}

const NO_POLICY_HERE: Failure = {
  message: `there is no ${SHIPPED} in this working tree`,
  remedy: 'name the policy to review as an argument',
};

async function resultsFor(
  observer: Observer,
  file: FileName,
  against: string | undefined,
): Promise<readonly PolicyResult[]> {
  const opened = openForAnalysis(observer, file);
  const check = checkPolicy(opened, file.shown);
  if (!opened.ok) {
    const others =
      against === undefined ? (['prove', 'test'] as const) : (['prove', 'test', 'diff'] as const);
    return [check, ...others.map((command) => notDone(command, file))];
  }
  return [
    check,
    await provePolicy(opened.compiled),
    asResult('test', file, await testFile(observer, file, null)),
    ...(against === undefined
      ? []
      : [asResult('diff', file, diff(observer, { ref: against }, file, 'loosened'))]),
  ];
}

/**
 * Returns the result of a command that was not run because the policy is invalid. It has no findings, because the
 * result of `check` in the same report lists the problems.
 */
function notDone(command: PolicyResult['command'], { shown }: FileName): PolicyResult {
  const summary = 'the job was not done: the file is not a valid policy';
  return { command, file: shown, sha256: null, outcome: 'failed', summary, headline: null, findings: [] };
}

function asResult(
  command: 'test' | 'diff',
  { shown }: FileName,
  answer: PolicyResult | Refused,
): PolicyResult {
  return 'problems' in answer ? refusedResult(command, shown, answer) : answer;
}

export interface PolicyDiffOptions extends OutputOptions {
  readonly against?: string;
  readonly failOn: FailOn;
}

/** `spec-kitty policy diff OLD NEW`, or `--against REF [FILE]`: every verdict that a change of the policy changes. */
export function policyDiff(machine: Machine, files: readonly string[], options: PolicyDiffOptions): ExitCode {
  const { against, failOn } = options;
  const [old = '', next] = against === undefined ? files : ['', ...files];
  const before = against === undefined ? fileName(old) : { ref: against };
  const file = reviewedName(machine.observer, next);
  if (file === null) return reportFailure(machine, NO_POLICY_HERE, formatOf(options) === 'json');
  return finishOne(machine, 'diff', file, diff(machine.observer, before, file, failOn), options);
}

/** The policy to compare with: another file, or the same file in a commit. */
type Before = FileName | { readonly ref: string };

function diff(observer: Observer, before: Before, file: FileName, failOn: FailOn): DiffResult | Refused {
  const was = 'ref' in before ? openAtCommit(observer, before.ref, file) : openForAnalysis(observer, before);
  const is = openForAnalysis(observer, file);
  const acknowledged = readAcknowledged(observer, beside(file, 'acknowledged.yaml'));
  if (was.ok && is.ok && acknowledged.ok) {
    return diffPolicies(was.compiled, is.compiled, acknowledged.acknowledgements, failOn);
  }
  return { problems: [is, was, acknowledged].flatMap((read) => (read.ok ? [] : read.problems)) };
}

/** `spec-kitty policy fmt [FILE]`: rewrites the policy in its canonical layout. Meaning and comments stay. */
export function policyFmt(
  machine: Machine,
  given: string | undefined,
  { check }: { readonly check?: true },
): ExitCode {
  const file = policyName(machine.observer, given);
  const opened = openForAnalysis(machine.observer, file);
  if (!opened.ok) return reportRefused(machine, 'fmt', opened, false);
  const read = readPolicyFile(machine.observer, file.path);
  if (!read.ok) return reportFailure(machine, { message: read.message, remedy: 'try it again' }, false);
  const text = canonical(read.text);
  if (text === read.text) return EXIT.done;
  if (check) {
    const command = `${thisProgram(machine.observer).invocation} policy fmt ${shellQuote(file.shown)}`;
    machine.actor.terminal.print(
      textOf([`${inertName(file.shown)} is not in canonical layout`, ...nextStep(command)]),
    );
    return EXIT.attention;
  }
  const error = machine.actor.files.rewrite(file.path, text);
  if (error === null) return EXIT.done;
  return reportFailure(
    machine,
    { message: `cannot write ${inertName(file.shown)}: ${error}`, remedy: 'make it writable' },
    false,
  );
}

export interface PolicyProveOptions extends OutputOptions {
  readonly crossCheck?: true;
  readonly frontier?: true;
  readonly certificate?: string;
  readonly witness?: string;
}

/** `spec-kitty policy prove [FILE]`: whether the policy keeps every invariant in every possible state. */
export async function policyProve(
  machine: Machine,
  given: string | undefined,
  options: PolicyProveOptions,
): Promise<ExitCode> {
  const file = policyName(machine.observer, given);
  const opened = openForAnalysis(machine.observer, file);
  if (!opened.ok) return finishOne(machine, 'prove', file, opened, options);
  const { compiled } = opened;
  const check = options.crossCheck ? 'all' : 'sample';
  const proved = await provePolicy(compiled, check);
  const notes = options.frontier ? frontierOf(compiled.policy) : [];
  const exitCode = finish(machine, [{ ...proved, findings: [...proved.findings, ...notes] }], options);
  const [witness] = proved.findings.flatMap(({ about }) => about?.witness ?? []);
  const error =
    (options.witness !== undefined && witness
      ? write(machine, 'witness', options.witness, toSavedScan(scanOf(witness)))
      : null) ??
    (options.certificate !== undefined && proved.outcome === 'clean'
      ? write(
          machine,
          'certificate',
          options.certificate,
          certify(compiled, options.crossCheck ? 'all states' : 'a sample of states'),
        )
      : null);
  return error === null ? exitCode : reportFailure(machine, error, false);
}

function write(machine: Machine, what: string, path: string, document: object): Failure | null {
  const error = machine.actor.files.writePrivate(path, formatJson(document));
  if (error === null) return null;
  const folder = machine.observer.self.workingDirectory();
  return {
    message: `cannot write the ${what} to ${inertName(path)}: ${folder === null ? 'the current folder does not exist any more' : error}`,
    remedy: 'name a file that can be written',
  };
}

/** `spec-kitty policy schema`: the JSON Schema by which editors complete and check a policy. */
export function policySchema(machine: Machine): ExitCode {
  machine.actor.terminal.print(formatJson(schema));
  return EXIT.done;
}

export interface PolicyTestOptions extends OutputOptions {
  readonly policy?: string;
}

/**
 * `spec-kitty policy test [CASES]`: whether the policy gives the verdicts of its cases, and what they leave untested.
 */
export async function policyTest(
  machine: Machine,
  cases: string | undefined,
  options: PolicyTestOptions,
): Promise<ExitCode> {
  const file = policyName(machine.observer, options.policy);
  return finishOne(
    machine,
    'test',
    file,
    await testFile(machine.observer, file, cases === undefined ? null : fileName(cases)),
    options,
  );
}

/**
 * Tests a policy against its cases.
 * @param given the file of cases; null for `cases.yaml` beside the policy, which counts as empty if it is missing
 */
async function testFile(
  observer: Observer,
  file: FileName,
  given: FileName | null,
): Promise<TestResult | Refused> {
  const opened = openForAnalysis(observer, file);
  if (!opened.ok) return opened;
  const { policy } = opened.compiled;
  const casesFile = given ?? beside(file, 'cases.yaml');
  if (given === null && !observer.files.exists(casesFile.path))
    return testPolicy(policy, { base: PROVEN, cases: [], recordings: [] }, casesFile.shown);
  const cases = readCases(observer, casesFile, policy);
  if (!cases.ok) return cases;
  const recorded = await casesFromRecordings(cases.cases.recordings, casesFile, (path) =>
    replay(observer, path, policy),
  );
  if (recorded.problems.length > 0) return recorded;
  return testPolicy(
    policy,
    { ...cases.cases, cases: [...cases.cases.cases, ...recorded.cases] },
    casesFile.shown,
  );
}

async function replay(
  observer: Observer,
  path: string,
  policy: Policy,
): Promise<Result<readonly Replayed[]>> {
  const examined = await examineSaved(observer, path, { ...policy, compiled: () => Promise.resolve(policy) });
  if (!examined.ok) return examined;
  return ok(
    examined.value.candidates.map(({ evidence, facts }) => ({
      port: evidence.socket.port,
      address: evidence.socket.address,
      facts,
    })),
  );
}

import { DECIDING_FACT_NAMES, type DecidingVector } from '../../model/policy-facts.js';
import type { CleanupClass, Policy, Verdict } from '../../model/verdict.js';
import { decidingRule, evaluate } from '../evaluate.js';
import {
  aboutEach,
  groupBy,
  overBudget,
  type PolicyFinding,
  type PolicyResult,
  TOP,
  describeVerdict,
} from '../finding.js';
import { DEFAULT_DISPLAY_FACTS } from '../vocabulary.js';
import type { Cases, TestCase } from './cases.js';
import {
  type Counted,
  coverageOf,
  mutantsOf,
  scoreMutants,
  type Survivor,
  type CoverageTarget,
} from './mutation.js';
import { counted } from '../../text/layout.js';

/**
 * Runs cases against a policy. If all cases pass, reports what they leave untested: rules, conditions, and mutants that
 * no case detects. The outcome is `inconclusive` if there is no case, or if all cases pass and the policy has too many
 * mutants.
 * @param casesFile the name of the file of cases in messages
 */
export async function testPolicy(
  policy: Policy,
  { base, cases }: Cases,
  casesFile: string,
): Promise<TestResult> {
  const context: DescribeContext = { policy, base, casesFile };
  const judged = await judgeCases(policy, cases);
  const failures = judged.flatMap((one) => describeFailures(one, context));
  const passed = judged.filter((one) => one.failures.length === 0);
  const tested = new Set<DecidingVector>(passed.flatMap(({ testCase }) => testCase.states));
  const result = {
    command: 'test',
    file: policy.source,
    sha256: policy.sha256,
    tested: { file: casesFile, cases: cases.length, states: tested.size },
  } as const;
  const words = `${passed.length} of ${cases.length} cases pass, in ${tested.size} states`;
  const failing = `${counted(cases.length - passed.length, 'case')} failing`;
  if (cases.length === 0) {
    const summary = 'no case: nothing was tested';
    const findings = [describeNoCases(casesFile)];
    return { ...result, outcome: 'inconclusive', summary, headline: 'no cases', findings, coverage: null };
  }
  const mutants = mutantsOf(policy);
  const tooMuch = overBudget(mutants.length, 'mutants');
  if (tooMuch !== null) {
    const summary = `${words}; ${tooMuch}: what the cases leave untested was not determined`;
    const outcome = failures.length > 0 ? 'found' : 'inconclusive';
    const headline = failures.length > 0 ? failing : 'too many rules to test';
    return { ...result, outcome, summary, headline, findings: failures, coverage: null };
  }
  const { rules, conditions, missed } = coverageOf(policy, tested);
  const { killed, equivalent, survivors } = scoreMutants(policy, mutants, tested);
  const noticed = { shown: killed, of: killed + survivors.length };
  const untested = [
    ...missed.map((target) => describeUntested(target, context)),
    ...describeSurvivors(survivors, context),
  ];
  const findings = failures.length > 0 ? failures : untested;
  const missing = untested.length > 0 ? `${counted(untested.length, 'gap')} in the cases` : null;
  const parts = [
    words,
    `rules ${ratio(rules)}`,
    `conditions ${ratio(conditions)}`,
    `mutants ${ratio(noticed)}`,
  ];
  return {
    ...result,
    outcome: findings.length > 0 ? 'found' : 'clean',
    summary: parts.join('; '),
    headline: failures.length > 0 ? failing : missing,
    findings,
    coverage: { rules, conditions, mutants: noticed, equivalent_mutants: equivalent },
  };
}

function ratio({ shown, of }: Counted): string {
  return `${shown}/${of}`;
}

/** A case with the states in which the policy gives another verdict than expected. */
interface JudgedCase {
  readonly testCase: TestCase;
  readonly failures: readonly { readonly state: DecidingVector; readonly verdict: Verdict }[];
}

/**
 * Evaluates the states of cases, each state once, in the way in which candidates are evaluated: by the rule engine and
 * the second evaluator.
 */
async function judgeCases(policy: Policy, cases: readonly TestCase[]): Promise<readonly JudgedCase[]> {
  const verdicts = new Map<DecidingVector, Verdict>();
  for (const state of new Set(cases.flatMap(({ states }) => states)))
    verdicts.set(state, await evaluate(policy, { ...state, ...DEFAULT_DISPLAY_FACTS }));
  return cases.map((testCase) => {
    const { expected, states } = testCase;
    const failures = states.flatMap((state) => {
      const verdict = verdicts.get(state);
      if (!verdict) throw new Error('a state of a case was not judged');
      const { cleanupClass, reason, rule } = verdict;
      const isExpected =
        cleanupClass === expected.class && reason === expected.reason && rule === expected.rule;
      return isExpected ? [] : [{ state, verdict }];
    });
    return { testCase, failures };
  });
}

export interface TestResult extends PolicyResult {
  readonly command: 'test';
  readonly tested: { readonly file: string; readonly cases: number; readonly states: number };
  /** Null if the coverage was not determined, because there is no case or the policy has too many mutants. */
  readonly coverage: {
    readonly rules: Counted;
    /** Each condition counts twice: once if its rule decides a case, once if a case fails this condition alone. */
    readonly conditions: Counted;
    /** The mutants that a case detects (`shown`), of those that change a verdict in some state (`of`). */
    readonly mutants: Counted;
    /** The number of mutants that change no verdict in any state, so that no case can detect them. */
    readonly equivalent_mutants: number;
  } | null;
}

/** The values that the functions share that describe findings. */
interface DescribeContext {
  readonly policy: Policy;
  readonly base: DecidingVector;
  readonly casesFile: string;
}

function describeNoCases(casesFile: string): PolicyFinding {
  const hint = 'write one for each rule: docs/policy.md shows the form';
  const message = 'there is no case, so nothing is tested';
  return { check: 'no-cases', level: 'warning', file: casesFile, ...TOP, message, hint, about: null };
}

/**
 * Makes a finding for each verdict that differs from what the case expects, and each region of states that get this
 * verdict.
 */
function describeFailures(
  { testCase, failures }: JudgedCase,
  context: DescribeContext,
): readonly PolicyFinding[] {
  const { name, line, column, expected } = testCase;
  const given = ({ verdict }: (typeof failures)[number]): string =>
    describeDecision(verdict.cleanupClass, verdict.reason, verdict.rule);
  return groupBy(failures, given).flatMap((group) =>
    aboutEach(group.map(({ state }) => state)).map((about): PolicyFinding => ({
      check: 'failing-case',
      level: 'error',
      file: context.casesFile,
      line,
      column,
      message: `"${name}" expects ${describeDecision(expected.class, expected.reason, expected.rule)}, and the policy gives ${given(group[0])}`,
      hint: 'correct the policy, or the case',
      about,
    })),
  );
}

/** Makes the finding for a rule that decides no case, or for a condition whose effect no case shows. */
function describeUntested({ rule, fact, states }: CoverageTarget, context: DescribeContext): PolicyFinding {
  return {
    check: fact === null ? 'untested-rule' : 'untested-condition',
    message:
      fact === null
        ? `rule \`${rule.id}\` decides no case`
        : `no case shows that rule \`${rule.id}\` does not decide if only \`${fact}\` differs`,
    ...missingCase(states, context),
    ...rule.place,
  };
}

/** Groups surviving mutants into findings: one for each rule and set of states that would detect them. */
function describeSurvivors(
  survivors: readonly Survivor[],
  context: DescribeContext,
): readonly PolicyFinding[] {
  const groups = groupBy(survivors, ({ mutant, states }) => JSON.stringify([mutant.rule.id, states]));
  return groups.map((group): PolicyFinding => {
    const [{ mutant, states }] = group;
    const mistakes = group.map((survivor) => survivor.mutant.mistake).join(', or ');
    return {
      check: 'surviving-mutant',
      message: `no case would fail for a policy in which rule \`${mutant.rule.id}\` ${mistakes}`,
      ...missingCase(states, context),
      ...mutant.rule.place,
    };
  });
}

/**
 * Describes the states for which a case is missing. A case with any one of these states is enough, so the hint takes
 * the first.
 */
function missingCase(
  states: readonly DecidingVector[],
  { policy, base, casesFile }: DescribeContext,
): Pick<PolicyFinding, 'level' | 'file' | 'hint' | 'about'> {
  const [about = null] = aboutEach(states);
  const hint = about && hintFor(about.witness, policy, base, casesFile);
  return { level: 'warning', file: policy.source, hint, about };
}

/** Returns the lines to add to the cases: a case with this state that expects the verdict of the policy. */
function hintFor(state: DecidingVector, policy: Policy, base: DecidingVector, casesFile: string): string {
  const rule = decidingRule(policy, state);
  if (!rule) return 'add a rule that decides such a state: a case cannot expect the default';
  const { id, cleanupClass, reason } = rule;
  const when = DECIDING_FACT_NAMES.filter((fact) => state[fact] !== base[fact]).map(
    (fact) => `${fact}: ${state[fact]}`,
  );
  const then = [`class: ${cleanupClass}`, ...(reason === null ? [] : [`reason: ${reason}`]), `rule: ${id}`];
  return [
    `if this is right, add to ${casesFile}:`,
    '  - name: # say what the case tests',
    `    when: { ${when.join(', ')} }`,
    `    then: { ${then.join(', ')} }`,
  ].join('\n');
}

function describeDecision(cleanupClass: CleanupClass, reason: string | null, rule: string | null): string {
  return `${describeVerdict(cleanupClass, reason)} by ${rule === null ? 'the default' : `\`${rule}\``}`;
}

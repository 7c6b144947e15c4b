import type { DecidingVector } from '../../model/policy-facts.js';
import type { Policy } from '../../model/verdict.js';
import { overBudget } from '../limits.js';
import { type Counted, coverageOf } from './coverage.js';
import {
  describeFailures,
  describeMissed,
  describeNothing,
  describeSurvivors,
  type Describing,
} from './describe.js';
import { judgeCases } from './judge-cases.js';
import { mutantsOf } from './mutants.js';
import { scoreMutants } from './mutation.js';
import type { Cases } from './read-cases.js';
import type { TestResult } from './test-result.js';

/**
 * Runs cases against a policy, and says what they leave untested: rules, conditions, and mistakes that no case would
 * notice. Only cases that pass count as tests; what these leave out is told once all pass. Without any case, or with too
 * many mistakes to look for, nothing is shown: inconclusive.
 * @param casesFile what messages call the file of the cases
 */
export async function testPolicy(
  policy: Policy,
  { base, cases }: Cases,
  casesFile: string,
): Promise<TestResult> {
  const context: Describing = { policy, base, casesFile };
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
  if (cases.length === 0) {
    const summary = 'no case: nothing was tested';
    const findings = [describeNothing(casesFile)];
    return { ...result, outcome: 'inconclusive', summary, findings, coverage: null };
  }
  const mutants = mutantsOf(policy);
  const tooMuch = overBudget(mutants.length, 'mutants');
  if (tooMuch !== null) {
    const summary = `${words}; ${tooMuch}: what they leave untested was not looked for`;
    const outcome = failures.length > 0 ? 'found' : 'inconclusive';
    return { ...result, outcome, summary, findings: failures, coverage: null };
  }
  const { rules, conditions, missed } = coverageOf(policy, tested);
  const { killed, equivalent, survivors } = scoreMutants(policy, mutants, tested);
  const noticed = { shown: killed, of: killed + survivors.length };
  const untested = [
    ...missed.map((target) => describeMissed(target, context)),
    ...describeSurvivors(survivors, context),
  ];
  const findings = failures.length > 0 ? failures : untested;
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
    findings,
    coverage: { rules, conditions, mutants: noticed, equivalent_mutants: equivalent },
  };
}

function ratio({ shown, of }: Counted): string {
  return `${shown}/${of}`;
}

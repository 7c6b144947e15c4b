import type { DecidingVector } from '../../model/policy-facts.js';
import type { Policy } from '../../model/verdict.js';
import { coverageOf } from './coverage.js';
import {
  describeFailures,
  describeMissed,
  describeNothing,
  describeSurvivors,
  type Describing,
} from './describe.js';
import { judgeCase } from './judge-case.js';
import { scoreMutants } from './mutation.js';
import type { Cases } from './read-cases.js';
import type { TestResult } from './test-result.js';

/**
 * Runs cases against a policy, and says what they leave untested: rules, conditions, and mistakes that no case would
 * notice. Only cases that pass count as tests; what these leave out is told once all pass. Without any case nothing is
 * shown: inconclusive.
 * @param casesFile what messages call the file of the cases
 */
export async function testPolicy(
  policy: Policy,
  { base, cases }: Cases,
  casesFile: string,
): Promise<TestResult> {
  const judged = await Promise.all(cases.map((testCase) => judgeCase(policy, testCase)));
  const passed = judged.filter(({ failures }) => failures.length === 0);
  const tested = new Set<DecidingVector>(passed.flatMap(({ testCase }) => testCase.states));
  const coverage = coverageOf(policy, tested);
  const score = scoreMutants(policy, tested);
  const mutants = { shown: score.killed, of: score.killed + score.survivors.length };
  const context: Describing = { policy, base, casesFile };
  const failures = judged.flatMap((one) => describeFailures(one, context));
  const untested = [
    ...coverage.missed.map((target) => describeMissed(target, context)),
    ...describeSurvivors(score.survivors, context),
  ];
  const shown = failures.length > 0 ? failures : untested;
  const findings = cases.length === 0 ? [describeNothing(casesFile)] : shown;
  const parts = [
    `${passed.length} of ${cases.length} cases pass, in ${tested.size} states`,
    `rules ${coverage.rules.shown}/${coverage.rules.of}`,
    `conditions ${coverage.conditions.shown}/${coverage.conditions.of}`,
    `mutants ${mutants.shown}/${mutants.of}`,
  ];
  return {
    command: 'test',
    file: policy.source,
    sha256: policy.sha256,
    outcome: cases.length === 0 ? 'inconclusive' : findings.length > 0 ? 'found' : 'clean',
    summary: cases.length === 0 ? 'no case: nothing was tested' : parts.join('; '),
    findings,
    tested: { file: casesFile, cases: cases.length, states: tested.size },
    coverage: {
      rules: coverage.rules,
      conditions: coverage.conditions,
      mutants,
      equivalent_mutants: score.equivalent,
    },
  };
}

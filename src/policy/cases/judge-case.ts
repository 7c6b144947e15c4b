import type { DecidingVector } from '../../model/policy-facts.js';
import type { Policy, Verdict } from '../../model/verdict.js';
import { evaluate } from '../../verdict/evaluate.js';
import { SHOWN_FACTS } from '../shown-facts.js';
import type { TestCase } from './read-cases.js';

/** How a case fared: in which states the policy gives something else. */
export interface JudgedCase {
  readonly testCase: TestCase;
  readonly failures: readonly { readonly state: DecidingVector; readonly verdict: Verdict }[];
}

/** Judges the states of a case as candidates are judged: by the rule engine, with which the second evaluator agrees. */
export async function judgeCase(policy: Policy, testCase: TestCase): Promise<JudgedCase> {
  const { expected, states } = testCase;
  const judged = await Promise.all(
    states.map(async (state) => ({ state, verdict: await evaluate(policy, { ...state, ...SHOWN_FACTS }) })),
  );
  const failures = judged.filter(
    ({ verdict }) =>
      verdict.cleanupClass !== expected.class ||
      verdict.reason !== expected.reason ||
      verdict.rule !== expected.rule,
  );
  return { testCase, failures };
}

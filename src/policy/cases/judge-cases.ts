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

/**
 * Judges the states of cases as candidates are judged: by the rule engine, with which the second evaluator agrees. Each
 * state is judged once, in however many cases it is.
 */
export async function judgeCases(policy: Policy, cases: readonly TestCase[]): Promise<readonly JudgedCase[]> {
  const verdicts = new Map<DecidingVector, Verdict>();
  for (const state of new Set(cases.flatMap(({ states }) => states)))
    verdicts.set(state, await evaluate(policy, { ...state, ...SHOWN_FACTS }));
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

import { DECIDING_FACTS, DECIDING_FACT_NAMES } from '../model/policy-facts.js';
import { possibleStates, whyImpossible } from '../model/possible-states.js';
import type { Policy } from '../model/verdict.js';
import { decide } from '../verdict/second-evaluator.js';
import type { PolicyFinding } from './finding.js';
import { TOP } from './problem.js';
import { regionsOf, statesIn, witnessOf } from './regions.js';

/** Every change of a single fact that leads into `safe_auto`: what stands between a daemon and being cleaned unasked. */
export function frontierOf(policy: Policy): readonly PolicyFinding[] {
  const isSafe = (state: Parameters<typeof decide>[1]): boolean =>
    decide(policy, state)?.cleanupClass === 'safe_auto';
  const safe = possibleStates().filter(isSafe);
  return DECIDING_FACT_NAMES.flatMap((fact) => {
    const before = safe.flatMap((state) =>
      DECIDING_FACTS[fact]
        .map((value) => ({ ...state, [fact]: value }))
        .filter((neighbour) => whyImpossible(neighbour) === null && !isSafe(neighbour)),
    );
    return regionsOf(before).map((region): PolicyFinding => {
      const witness = witnessOf(region);
      const rule = decide(policy, witness);
      return {
        ...(rule?.place ?? TOP),
        check: 'frontier',
        level: 'note',
        message: `one other value of \`${fact}\` would make it safe_auto; rule \`${rule?.id ?? 'default'}\` keeps it from that`,
        hint: null,
        file: policy.source,
        about: { region, states: statesIn(region).length, witness },
      };
    });
  });
}

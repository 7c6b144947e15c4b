import { DECIDING_FACTS, DECIDING_FACT_NAMES, type DecidingVector } from '../model/policy-facts.js';
import { possibleStates, whyImpossible } from '../model/possible-states.js';
import type { Policy } from '../model/verdict.js';
import { decide } from '../verdict/second-evaluator.js';
import { aboutEach } from './about.js';
import type { PolicyFinding } from './finding.js';
import { groupBy } from './group-by.js';
import { TOP } from './problem.js';
import { ruleWords } from './words.js';

/**
 * Every change of a single fact that leads into `safe_auto`, by the rule that stands in its way: what there is between a
 * daemon and being cleaned unasked.
 */
export function frontierOf(policy: Policy): readonly PolicyFinding[] {
  const isSafe = (state: DecidingVector): boolean => decide(policy, state)?.cleanupClass === 'safe_auto';
  const safe = possibleStates().filter(isSafe);
  return DECIDING_FACT_NAMES.flatMap((fact) => {
    const before = safe
      .flatMap((state) => DECIDING_FACTS[fact].map((value) => ({ ...state, [fact]: value })))
      .filter((neighbour) => whyImpossible(neighbour) === null && !isSafe(neighbour))
      .map((state) => ({ state, rule: decide(policy, state) }));
    return groupBy(before, ({ rule }) => rule?.id ?? '').flatMap((group) => {
      const [{ rule }] = group;
      return aboutEach(group.map(({ state }) => state)).map((about): PolicyFinding => ({
        ...(rule?.place ?? TOP),
        check: 'frontier',
        level: 'note',
        message: `one other value of \`${fact}\` would make it safe_auto; ${ruleWords(rule)} keeps it from that`,
        hint: null,
        file: policy.source,
        about,
      }));
    });
  });
}

import type { DecidingVector } from '../model/policy-facts.js';
import { possibleStates } from '../model/possible-states.js';
import type { Policy } from '../model/verdict.js';
import { holds } from '../verdict/second-evaluator.js';

/** The index of the rule that decides each possible state; where the default does, as many as there are rules. */
export type Deciders = ReadonlyMap<DecidingVector, number>;

/** Found once: whoever asks for each rule what decides each state does the work squared. */
export function decidersOf({ rules }: Pick<Policy, 'rules'>): Deciders {
  return new Map(
    possibleStates().map((state) => {
      const index = rules.findIndex((rule) => holds(rule, state));
      return [state, index === -1 ? rules.length : index];
    }),
  );
}

import type { DecidingVector } from '../../model/policy-facts.js';
import { possibleStates } from '../../model/possible-states.js';
import type { Policy } from '../../model/verdict.js';
import { decide } from '../../verdict/second-evaluator.js';
import { type Mutant, mutantsOf } from './mutants.js';

/** How the mutants of a policy fared. Exact: whether a mutant gives any other verdict is known of every state. */
export interface MutationScore {
  readonly killed: number;
  /** They give every state the same verdict, and so cannot be told from the policy. */
  readonly equivalent: number;
  readonly survivors: readonly Survivor[];
}

export interface Survivor {
  readonly mutant: Mutant;
  /** A case with any of these would have killed it. */
  readonly states: readonly DecidingVector[];
}

/** Whether the tested states notice each mistake that the policy could have. */
export function scoreMutants(policy: Policy, tested: ReadonlySet<DecidingVector>): MutationScore {
  const verdicts = new Map(possibleStates().map((state) => [state, verdictOf(policy, state)]));
  const survivors: Survivor[] = [];
  let [killed, equivalent] = [0, 0];
  for (const mutant of mutantsOf(policy)) {
    const differs = (state: DecidingVector): boolean =>
      verdictOf(mutant.policy, state) !== verdicts.get(state);
    const states = [...tested].some(differs) ? null : possibleStates().filter(differs);
    if (states === null) killed += 1;
    else if (states.length === 0) equivalent += 1;
    else survivors.push({ mutant, states });
  }
  return { killed, equivalent, survivors };
}

function verdictOf(policy: Policy, state: DecidingVector): string {
  const { cleanupClass, reason } = decide(policy, state) ?? policy.fallback;
  return `${cleanupClass} ${String(reason)}`;
}

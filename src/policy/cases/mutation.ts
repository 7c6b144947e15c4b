import type { DecidingVector } from '../../model/policy-facts.js';
import type { Policy } from '../../model/verdict.js';
import { holds } from '../../verdict/second-evaluator.js';
import { decidersOf } from '../deciders.js';
import type { Mutant } from './mutants.js';

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
export function scoreMutants(
  policy: Policy,
  mutants: readonly Mutant[],
  tested: ReadonlySet<DecidingVector>,
): MutationScore {
  const deciders = [...decidersOf(policy)];
  const survivors: Survivor[] = [];
  let [killed, equivalent] = [0, 0];
  for (const mutant of mutants) {
    const differing = deciders
      .filter((decided) => isNoticed(mutant, decided, policy))
      .map(([state]) => state);
    if (differing.some((state) => tested.has(state))) killed += 1;
    else if (differing.length === 0) equivalent += 1;
    else survivors.push({ mutant, states: differing });
  }
  return { killed, equivalent, survivors };
}

/** Whether a mutant gives this state another verdict. Only what it replaces, and what comes after, is asked again. */
function isNoticed(
  { index, replaced, instead }: Mutant,
  [state, decider]: readonly [DecidingVector, number],
  { rules, fallback }: Policy,
): boolean {
  if (decider < index) return false;
  const next = index + replaced;
  const isLost = decider < next;
  const mutated =
    instead.find((rule) => holds(rule, state)) ??
    (isLost ? rules.find((rule, other) => other >= next && holds(rule, state)) : rules[decider]);
  const [was, is] = [rules[decider] ?? fallback, mutated ?? fallback];
  return is.cleanupClass !== was.cleanupClass || is.reason !== was.reason;
}

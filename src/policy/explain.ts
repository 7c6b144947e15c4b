import { DECIDING_FACT_NAMES, type DecidingFact, type DecidingVector } from '../model/policy-facts.js';
import {
  CLEANUP_CLASSES,
  type CleanupClass,
  type Explanation,
  type NearestChange,
  type Policy,
} from '../model/verdict.js';
import { decidingRule, evaluate } from './evaluate.js';
import { possibleStates, DEFAULT_DISPLAY_FACTS } from './vocabulary.js';

/**
 * Returns for each class other than that of the vector the fewest changes of facts that lead to this class ("would be
 * safe_auto if ..."). The result is exact, because every possible state is compared. The loosest class comes first. Of
 * several states with equally few changes, the first in vocabulary order is taken.
 */
export function nearestChanges(policy: Policy, vector: DecidingVector): readonly NearestChange[] {
  const own = classOf(policy, vector);
  const nearest = new Map<string, readonly DecidingFact[]>();
  const states = new Map<string, DecidingVector>();
  for (const state of possibleStates()) {
    const cleanupClass = classOf(policy, state);
    if (cleanupClass === own) continue;
    const changed = DECIDING_FACT_NAMES.filter((fact) => state[fact] !== vector[fact]);
    if (changed.length >= (nearest.get(cleanupClass)?.length ?? Infinity)) continue;
    nearest.set(cleanupClass, changed);
    states.set(cleanupClass, state);
  }
  return [...CLEANUP_CLASSES].reverse().flatMap((cleanupClass) => {
    const state = states.get(cleanupClass);
    const changed = nearest.get(cleanupClass);
    if (!state || !changed) return [];
    return [
      { cleanupClass, changes: changed.map((fact) => ({ fact, from: vector[fact], to: state[fact] })) },
    ];
  });
}

function classOf(policy: Policy, vector: DecidingVector): string {
  return decidingRule(policy, vector)?.cleanupClass ?? policy.fallback.cleanupClass;
}

/** The verdict of a policy on one state, in the form in which `auth doctor --explain` explains a candidate. */
export interface StateExplanation {
  readonly schema_version: 1;
  readonly command: 'explain';
  readonly facts: DecidingVector;
  readonly cleanup_class: CleanupClass;
  readonly skip_reason: string | null;
  readonly explanation: Explanation;
}

/**
 * Explains the verdict of a policy on one state.
 * @param whyNot limits the nearest changes to those that lead to this class; null gives those for each other class
 */
export async function explainState(
  policy: Policy,
  facts: DecidingVector,
  whyNot: CleanupClass | null,
): Promise<StateExplanation> {
  const { cleanupClass, reason, rule, trace } = await evaluate(policy, {
    ...facts,
    ...DEFAULT_DISPLAY_FACTS,
  });
  const nearest = nearestChanges(policy, facts).filter(
    (change) => whyNot === null || change.cleanupClass === whyNot,
  );
  return {
    schema_version: 1,
    command: 'explain',
    facts,
    cleanup_class: cleanupClass,
    skip_reason: reason,
    explanation: { decided_by: rule, rules: trace, nearest },
  };
}

import { DECIDING_FACT_NAMES, type DecidingFact, type DecidingVector } from '../model/policy-facts.js';
import { possibleStates } from '../model/possible-states.js';
import { CLEANUP_CLASSES, type NearestChange, type Policy } from '../model/verdict.js';
import { decide } from './second-evaluator.js';

/**
 * For each other class: the fewest changes of facts that would lead there ("would be safe_auto if ..."). Exact, since
 * every possible state is looked at. The loosest class comes first; of equally near states the first in the order of
 * the vocabulary is taken.
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
  return decide(policy, vector)?.cleanupClass ?? policy.fallback.cleanupClass;
}

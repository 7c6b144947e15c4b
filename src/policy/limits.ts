import { possibleStates } from '../model/possible-states.js';

/** A policy that needs more is not one that a person reviews. */
const MOST_CHECKS = 2_000_000;

/**
 * Why so many of something are too many to be looked at in every state, or null.
 * @param things what they are called
 */
export function overBudget(count: number, things: 'rules' | 'mutants'): string | null {
  const states = possibleStates().length;
  if (count * states <= MOST_CHECKS) return null;
  return `${count} ${things} in ${states} states are more than ${MOST_CHECKS} checks`;
}

import { possibleStates } from '../../model/possible-states.js';
import { holds } from '../../verdict/second-evaluator.js';
import type { Invariant } from '../invariant.js';

/**
 * The invariants of a policy's own that a change gives up. One that is only reworded, split, merged or made stronger
 * still stands: whatever the new ones forbid together counts.
 */
export function removedInvariants(
  before: readonly Invariant[],
  after: readonly Invariant[],
): readonly Invariant[] {
  return before.filter((invariant) => !stands(invariant, after));
}

function stands(invariant: Invariant, after: readonly Invariant[]): boolean {
  switch (invariant.kind) {
    case 'independent':
      return after.some((other) => other.kind === 'independent' && other.fact === invariant.fact);
    case 'reachable': {
      const { cleanupClass, reason } = invariant;
      return after.some(
        (other) =>
          other.kind === 'reachable' &&
          other.cleanupClass === cleanupClass &&
          (reason === null || other.reason === reason),
      );
    }
    case 'forbid': {
      const { cleanupClass } = invariant;
      const forbidding = after.filter(
        (other) => other.kind === 'forbid' && other.cleanupClass === cleanupClass,
      );
      return possibleStates()
        .filter((state) => holds(invariant, state))
        .every((state) => forbidding.some((other) => other.kind === 'forbid' && holds(other, state)));
    }
  }
}

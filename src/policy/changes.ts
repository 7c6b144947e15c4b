import type { DecidingVector } from '../model/policy-facts.js';
import { CLEANUP_CLASSES, type CleanupClass, type Place, type Policy } from '../model/verdict.js';
import { decidingRule, holds } from './evaluate.js';
import { groupBy, TOP } from './finding.js';
import { isKept, MANDATORY_INVARIANTS } from './invariants.js';
import type { Invariant } from './policy.js';
import { type Region, regionsOf, statesIn, witnessOf } from './regions.js';
import { possibleStates } from './vocabulary.js';

/**
 * The verdict of a policy on a state. `rule` is the id of the rule that decided, or null if the default decided. `line`
 * and `column` are the place of that rule; both are 1 if the default decided.
 */
export interface Decided extends Place {
  readonly class: CleanupClass;
  readonly reason: string | null;
  readonly rule: string | null;
}

/** `loosened`: the new class allows more. `tightened`: the new class allows less. `reason`: only the reason differs. */
export type ChangeKind = 'loosened' | 'tightened' | 'reason';

/** States whose verdict changes in the same way. */
export interface Change {
  readonly kind: ChangeKind;
  readonly region: Region;
  readonly states: readonly DecidingVector[];
  readonly before: Decided;
  readonly after: Decided;
  /**
   * A mandatory invariant that the new verdict breaks in the first state of the region; null if the new verdict breaks
   * none in any of the states.
   */
  readonly breaks: string | null;
}

/**
 * Finds every verdict that differs between two policies, by evaluating both in each possible state. Regions describe
 * the changed states that have the same old and the same new rule; states in which the new verdict breaks a mandatory
 * invariant get separate regions. Loosened changes come first. If another rule gives the same verdict, this is not a
 * change.
 */
export function changesBetween(before: Policy, after: Policy): readonly Change[] {
  const changed = possibleStates().flatMap((state) => {
    const [was, is] = [decidedBy(before, state), decidedBy(after, state)];
    const kind = kindOf(was, is);
    return kind === null
      ? []
      : [{ state, kind, before: was, after: is, breaks: brokenInvariant(state, after) }];
  });
  const groups = groupBy(changed, ({ kind, before: was, after: is, breaks }) =>
    JSON.stringify([kind, was.rule, is.rule, breaks === null]),
  );
  const changes = groups.flatMap((group) => {
    const [{ kind, before: was, after: is }] = group;
    return regionsOf(group.map(({ state }) => state)).map((region): Change => {
      const breaks = brokenInvariant(witnessOf(region), after);
      return { kind, region, states: statesIn(region), before: was, after: is, breaks };
    });
  });
  return KINDS.flatMap((kind) => changes.filter((change) => change.kind === kind));
}

const KINDS: readonly ChangeKind[] = ['loosened', 'tightened', 'reason'];

/**
 * Counts the states of all changes, or of the changes of one kind. A state in several overlapping regions counts once.
 */
export function countStates(changes: readonly Change[], kind?: ChangeKind): number {
  const counted = changes.filter((change) => kind === undefined || change.kind === kind);
  return new Set(counted.flatMap(({ states }) => states)).size;
}

function decidedBy(policy: Policy, state: DecidingVector): Decided {
  const rule = decidingRule(policy, state);
  const { cleanupClass, reason } = rule ?? policy.fallback;
  return { class: cleanupClass, reason, rule: rule?.id ?? null, ...(rule?.place ?? TOP) };
}

function brokenInvariant(state: DecidingVector, policy: Policy): string | null {
  const rule = decidingRule(policy, state);
  const { cleanupClass } = rule ?? policy.fallback;
  const broken = MANDATORY_INVARIANTS.find((invariant) => !isKept(invariant, state, cleanupClass, rule));
  return broken?.says ?? null;
}

function kindOf(was: Decided, is: Decided): ChangeKind | null {
  const more = CLEANUP_CLASSES.indexOf(is.class) - CLEANUP_CLASSES.indexOf(was.class);
  if (more !== 0) return more > 0 ? 'loosened' : 'tightened';
  return is.reason === was.reason ? null : 'reason';
}

/**
 * Returns the invariants of the old policy file that the new policy file neither states nor implies. A `forbid`
 * invariant that was reworded, split, merged or strengthened is implied, because what the new `forbid` invariants
 * forbid together is compared.
 */
export function removedInvariants(
  before: readonly Invariant[],
  after: readonly Invariant[],
): readonly Invariant[] {
  return before.filter((invariant) => !isStillImplied(invariant, after));
}

function isStillImplied(invariant: Invariant, after: readonly Invariant[]): boolean {
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

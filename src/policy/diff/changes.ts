import type { DecidingVector } from '../../model/policy-facts.js';
import { possibleStates } from '../../model/possible-states.js';
import { CLEANUP_CLASSES, type CleanupClass, type Place, type Policy } from '../../model/verdict.js';
import { decide } from '../../verdict/second-evaluator.js';
import { groupBy } from '../group-by.js';
import { isKept, MANDATORY_INVARIANTS } from '../mandatory-invariants.js';
import { TOP } from '../problem.js';
import { type Region, regionsOf, statesIn, witnessOf } from '../regions.js';

/** What a policy gives to a state: the verdict, and the rule that decided; null is the default. */
export interface Decided extends Place {
  readonly class: CleanupClass;
  readonly reason: string | null;
  readonly rule: string | null;
}

/** Loosened: to a class that allows more. Tightened: to a stricter one. */
export type ChangeKind = 'loosened' | 'tightened' | 'reason';

/** States whose verdict changes in the same way. */
export interface Change {
  readonly kind: ChangeKind;
  readonly region: Region;
  readonly states: readonly DecidingVector[];
  readonly before: Decided;
  readonly after: Decided;
  /** The mandatory invariant that the new verdict breaks in the first state; null where it breaks none in any. */
  readonly breaks: string | null;
}

/**
 * Every verdict that differs between two policies, exactly: each possible state is judged by both. States that go from
 * one rule to another are told as regions, the loosened ones first; those that break a mandatory invariant are told
 * apart. Which rule gives an unchanged verdict is no change.
 */
export function changesBetween(before: Policy, after: Policy): readonly Change[] {
  const changed = possibleStates().flatMap((state) => {
    const [was, is] = [decidedBy(before, state), decidedBy(after, state)];
    const kind = kindOf(was, is);
    return kind === null ? [] : [{ state, kind, before: was, after: is, breaks: brokenIn(state, after) }];
  });
  const groups = groupBy(changed, ({ kind, before: was, after: is, breaks }) =>
    JSON.stringify([kind, was.rule, is.rule, breaks === null]),
  );
  const changes = groups.flatMap((group) => {
    const [{ kind, before: was, after: is }] = group;
    return regionsOf(group.map(({ state }) => state)).map((region): Change => {
      const breaks = brokenIn(witnessOf(region), after);
      return { kind, region, states: statesIn(region), before: was, after: is, breaks };
    });
  });
  return KINDS.flatMap((kind) => changes.filter((change) => change.kind === kind));
}

const KINDS: readonly ChangeKind[] = ['loosened', 'tightened', 'reason'];

/** How many states change, in any way or in one; regions may overlap. */
export function countStates(changes: readonly Change[], kind?: ChangeKind): number {
  const counted = changes.filter((change) => kind === undefined || change.kind === kind);
  return new Set(counted.flatMap(({ states }) => states)).size;
}

function decidedBy(policy: Policy, state: DecidingVector): Decided {
  const rule = decide(policy, state);
  const { cleanupClass, reason } = rule ?? policy.fallback;
  return { class: cleanupClass, reason, rule: rule?.id ?? null, ...(rule?.place ?? TOP) };
}

function brokenIn(state: DecidingVector, policy: Policy): string | null {
  const rule = decide(policy, state);
  const { cleanupClass } = rule ?? policy.fallback;
  const broken = MANDATORY_INVARIANTS.find((invariant) => !isKept(invariant, state, cleanupClass, rule));
  return broken?.says ?? null;
}

function kindOf(was: Decided, is: Decided): ChangeKind | null {
  const more = CLEANUP_CLASSES.indexOf(is.class) - CLEANUP_CLASSES.indexOf(was.class);
  if (more !== 0) return more > 0 ? 'loosened' : 'tightened';
  return is.reason === was.reason ? null : 'reason';
}

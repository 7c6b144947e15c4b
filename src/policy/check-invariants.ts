import type { DecidingFact, DecidingVector } from '../model/policy-facts.js';
import { DECIDING_FACTS } from '../model/policy-facts.js';
import { possibleStates, whyImpossible } from '../model/possible-states.js';
import type { Atom, CleanupClass, Place, Policy, Rule } from '../model/verdict.js';
import { decide, holds } from '../verdict/second-evaluator.js';
import { MANDATORY_INVARIANTS, PROVEN } from './mandatory-invariants.js';
import { type PolicyProblem, TOP } from './problem.js';

/** A theorem that a policy file states about itself. */
export type Invariant = Theorem & { readonly why: string; readonly place: Place };

export type Theorem =
  | { readonly kind: 'forbid'; readonly atoms: readonly Atom[]; readonly cleanupClass: CleanupClass }
  | { readonly kind: 'independent'; readonly fact: string }
  | { readonly kind: 'reachable'; readonly cleanupClass: CleanupClass; readonly reason: string | null };

interface Decided {
  readonly state: DecidingVector;
  readonly rule: Rule | null;
  readonly cleanupClass: CleanupClass;
  readonly reason: string | null;
}

type Problem = Omit<PolicyProblem, 'file'>;

/** Checks every invariant, the mandatory ones first, over every possible state; one problem for each that is broken. */
export function checkInvariants(policy: Policy, own: readonly Invariant[]): readonly Problem[] {
  const states = possibleStates().map((state) => decideState(policy, state));
  return [
    ...policy.rules.flatMap(unprovenConditions),
    ...MANDATORY_INVARIANTS.flatMap((invariant) => {
      const witness = states.find(
        (decided) => !invariant.holds(decided.state, decided.cleanupClass, decided.rule),
      );
      return witness ? [refuted(witness, `breaks the mandatory invariant "${invariant.says}"`)] : [];
    }),
    ...own.flatMap((invariant) => checkOwn(invariant, states, policy)),
  ];
}

/**
 * A `safe_auto` rule states every proof itself. That earlier rules happen to take the other values away is not enough:
 * they may be reordered one day.
 */
function unprovenConditions({ id, atoms, cleanupClass, place }: Rule): readonly Problem[] {
  if (cleanupClass !== 'safe_auto') return [];
  return Object.entries(PROVEN).flatMap(([fact, proven]) => {
    const admitted = atoms.find((atom) => atom.fact === fact)?.values ?? ['anything'];
    if (admitted.every((value) => value === proven)) return [];
    const message = `rule \`${id}\` gives safe_auto and admits ${admitted.join(', ')} for \`${fact}\``;
    return [{ ...place, message, hint: `only \`${fact}: ${proven}\` is proven` }];
  });
}

function decideState(policy: Policy, state: DecidingVector): Decided {
  const rule = decide(policy, state);
  const { cleanupClass, reason } = rule ?? policy.fallback;
  return { state, rule, cleanupClass, reason };
}

function checkOwn(invariant: Invariant, states: readonly Decided[], policy: Policy): readonly Problem[] {
  switch (invariant.kind) {
    case 'forbid': {
      const { cleanupClass } = invariant;
      const witness = states.find(
        (decided) => decided.cleanupClass === cleanupClass && holds(invariant, decided.state),
      );
      return witness ? [refuted(witness, `breaks the invariant "${invariant.why}"`)] : [];
    }
    case 'reachable': {
      const { cleanupClass, reason } = invariant;
      const isReached = states.some(
        (decided) => decided.cleanupClass === cleanupClass && (reason === null || decided.reason === reason),
      );
      const message = `no state reaches ${cleanupClass}${reason === null ? '' : ` (${reason})`}: "${invariant.why}"`;
      return isReached
        ? []
        : [{ ...invariant.place, message, hint: 'mend the rules, or drop the invariant' }];
    }
    case 'independent':
      return checkIndependent(invariant, invariant.fact, states, policy);
  }
}

/** Facts that are only shown can be named in no rule, so verdicts never depend on them. */
function checkIndependent(
  invariant: Invariant,
  fact: string,
  states: readonly Decided[],
  policy: Policy,
): readonly Problem[] {
  if (!isDeciding(fact)) return [];
  for (const decided of states) {
    for (const value of DECIDING_FACTS[fact]) {
      const state = { ...decided.state, [fact]: value };
      if (whyImpossible(state) !== null) continue;
      const other = decideState(policy, state);
      if (other.cleanupClass === decided.cleanupClass && other.reason === decided.reason) continue;
      const change = `\`${fact}: ${value}\` would give ${other.cleanupClass} (${String(other.reason)})`;
      return [refuted(decided, `breaks the invariant "${invariant.why}": ${change}`)];
    }
  }
  return [];
}

function isDeciding(fact: string): fact is DecidingFact {
  return fact in DECIDING_FACTS;
}

function refuted({ state, rule, cleanupClass }: Decided, message: string): Problem {
  const witness = Object.entries(state)
    .map(([fact, value]) => `${fact}=${value}`)
    .join(' ');
  return {
    ...(rule?.place ?? TOP),
    message: `${rule ? `rule \`${rule.id}\`` : 'the default'} ${message}; it gives ${cleanupClass} to ${witness}`,
    hint: 'narrow the rule, or put a stricter one before it',
  };
}

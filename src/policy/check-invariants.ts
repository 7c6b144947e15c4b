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

/** An invariant that a policy breaks: where the rule stands, what is broken, and every state in which it is. */
export interface Refutation extends Place {
  readonly check: 'invariant' | 'unknown-in-safe-auto';
  readonly message: string;
  readonly hint: string;
  /** In the order of the vocabulary; empty where it is about the text of a rule, or about no state at all. */
  readonly states: readonly DecidingVector[];
}

/** Checks every invariant, the mandatory ones first, over every possible state. */
export function refutationsOf(policy: Policy, own: readonly Invariant[]): readonly Refutation[] {
  const states = possibleStates().map((state) => decideState(policy, state));
  return [
    ...policy.rules.flatMap(unprovenConditions),
    ...MANDATORY_INVARIANTS.flatMap((invariant) => {
      const broken = states.filter(
        (decided) => !invariant.holds(decided.state, decided.cleanupClass, decided.rule),
      );
      return refuted(broken, `breaks the mandatory invariant "${invariant.says}"`);
    }),
    ...own.flatMap((invariant) => checkOwn(invariant, states, policy)),
  ];
}

/** The same as problems of a policy file, each with one of its states. */
export function checkInvariants(
  policy: Policy,
  own: readonly Invariant[],
): readonly Omit<PolicyProblem, 'file'>[] {
  return refutationsOf(policy, own).map(({ states: [witness], message, ...rest }) => ({
    ...rest,
    message: witness ? `${message}; one is ${wordsFor(witness)}` : message,
  }));
}

/**
 * A `safe_auto` rule states every proof itself. That earlier rules happen to take the other values away is not enough:
 * they may be reordered one day.
 */
function unprovenConditions({ id, atoms, cleanupClass, place }: Rule): readonly Refutation[] {
  if (cleanupClass !== 'safe_auto') return [];
  return Object.entries(PROVEN).flatMap(([fact, proven]) => {
    const admitted = atoms.find((atom) => atom.fact === fact)?.values ?? ['anything'];
    if (admitted.every((value) => value === proven)) return [];
    const message = `rule \`${id}\` gives safe_auto and admits ${admitted.join(', ')} for \`${fact}\``;
    return [
      {
        ...place,
        check: 'unknown-in-safe-auto',
        message,
        hint: `only \`${fact}: ${proven}\` is proven`,
        states: [],
      },
    ];
  });
}

function decideState(policy: Policy, state: DecidingVector): Decided {
  const rule = decide(policy, state);
  const { cleanupClass, reason } = rule ?? policy.fallback;
  return { state, rule, cleanupClass, reason };
}

function checkOwn(invariant: Invariant, states: readonly Decided[], policy: Policy): readonly Refutation[] {
  switch (invariant.kind) {
    case 'forbid': {
      const { cleanupClass } = invariant;
      const broken = states.filter(
        (decided) => decided.cleanupClass === cleanupClass && holds(invariant, decided.state),
      );
      return refuted(broken, `breaks the invariant "${invariant.why}"`);
    }
    case 'reachable': {
      const { cleanupClass, reason } = invariant;
      const isReached = states.some(
        (decided) => decided.cleanupClass === cleanupClass && (reason === null || decided.reason === reason),
      );
      const message = `no state reaches ${cleanupClass}${reason === null ? '' : ` (${reason})`}: "${invariant.why}"`;
      const hint = 'mend the rules, or drop the invariant';
      return isReached ? [] : [{ ...invariant.place, check: 'invariant', message, hint, states: [] }];
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
): readonly Refutation[] {
  if (!isDeciding(fact)) return [];
  const pairs = states.flatMap((decided) => {
    const other = otherVerdictBy(decided, fact, policy);
    return other === null ? [] : [{ decided, other }];
  });
  const [first] = pairs;
  if (!first) return [];
  const broken = pairs.map(({ decided }) => decided);
  return refuted(broken, `breaks the invariant "${invariant.why}": with ${first.other}`);
}

/** What another value of the fact would give; null where none changes the verdict. */
function otherVerdictBy(decided: Decided, fact: DecidingFact, policy: Policy): string | null {
  for (const value of DECIDING_FACTS[fact]) {
    const state = { ...decided.state, [fact]: value };
    if (whyImpossible(state) !== null) continue;
    const other = decideState(policy, state);
    if (other.cleanupClass === decided.cleanupClass && other.reason === decided.reason) continue;
    return `\`${fact}: ${value}\` it would give ${other.cleanupClass} (${String(other.reason)})`;
  }
  return null;
}

function isDeciding(fact: string): fact is DecidingFact {
  return fact in DECIDING_FACTS;
}

/** The rule that decides the first of the states stands for all of them. */
function refuted(broken: readonly Decided[], message: string): readonly Refutation[] {
  const [first] = broken;
  if (!first) return [];
  const { rule, cleanupClass } = first;
  return [
    {
      ...(rule?.place ?? TOP),
      check: 'invariant',
      message: `${rule ? `rule \`${rule.id}\`` : 'the default'} ${message}; it gives ${cleanupClass}`,
      hint: 'narrow the rule, or put a stricter one before it',
      states: broken.map(({ state }) => state),
    },
  ];
}

function wordsFor(state: DecidingVector): string {
  return Object.entries(state)
    .map(([fact, value]) => `${fact}=${value}`)
    .join(' ');
}

import type { DecidingFact, DecidingVector } from '../model/policy-facts.js';
import { DECIDING_FACTS } from '../model/policy-facts.js';
import { possibleStates, whyImpossible } from '../model/possible-states.js';
import type { CleanupClass, Place, Policy, Rule } from '../model/verdict.js';
import { decide, holds } from '../verdict/second-evaluator.js';
import { groupBy } from './group-by.js';
import type { Invariant } from './invariant.js';
import { isKept, MANDATORY_INVARIANTS, PROVEN } from './mandatory-invariants.js';
import { type PolicyProblem, TOP } from './problem.js';
import { ruleWords, stateWords, verdictWords } from './words.js';

interface Decided {
  readonly state: DecidingVector;
  readonly rule: Rule | null;
  readonly cleanupClass: CleanupClass;
  readonly reason: string | null;
}

/** An invariant that a policy breaks: where the rule stands that decides, what is broken, and every state in which it is. */
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
    ...MANDATORY_INVARIANTS.flatMap((invariant) =>
      refuted(states, ({ state, cleanupClass, rule }) =>
        isKept(invariant, state, cleanupClass, rule)
          ? null
          : `breaks the mandatory invariant "${invariant.says}"`,
      ),
    ),
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
    message: witness ? `${message}; one is ${stateWords(witness)}` : message,
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
  const breaks = `breaks the invariant "${invariant.why}"`;
  switch (invariant.kind) {
    case 'forbid':
      return refuted(states, ({ state, cleanupClass }) =>
        cleanupClass === invariant.cleanupClass && holds(invariant, state) ? breaks : null,
      );
    case 'reachable': {
      const { cleanupClass, reason } = invariant;
      const isReached = states.some(
        (decided) => decided.cleanupClass === cleanupClass && (reason === null || decided.reason === reason),
      );
      const message = `no state reaches ${verdictWords(cleanupClass, reason)}: "${invariant.why}"`;
      const hint = 'mend the rules, or drop the invariant';
      return isReached ? [] : [{ ...invariant.place, check: 'invariant', message, hint, states: [] }];
    }
    case 'independent': {
      const { fact } = invariant;
      // Facts that are only shown can be named in no rule, so verdicts never depend on them.
      if (!isDeciding(fact)) return [];
      return refuted(states, (decided) => {
        const other = otherVerdictBy(decided, fact, policy);
        return other === null ? null : `${breaks}: with ${other}`;
      });
    }
  }
}

/** What another value of the fact would give; null where none changes the verdict. */
function otherVerdictBy(decided: Decided, fact: DecidingFact, policy: Policy): string | null {
  for (const value of DECIDING_FACTS[fact]) {
    const state = { ...decided.state, [fact]: value };
    if (whyImpossible(state) !== null) continue;
    const other = decideState(policy, state);
    if (other.cleanupClass === decided.cleanupClass && other.reason === decided.reason) continue;
    return `\`${fact}: ${value}\` it would give ${verdictWords(other.cleanupClass, other.reason)}`;
  }
  return null;
}

function isDeciding(fact: string): fact is DecidingFact {
  return fact in DECIDING_FACTS;
}

/**
 * One for each rule that decides such a state, and each way in which it breaks the invariant: what is said is so in every
 * one of its states.
 * @param wayOf how a state breaks it, or null
 */
function refuted(
  states: readonly Decided[],
  wayOf: (decided: Decided) => string | null,
): readonly Refutation[] {
  const broken = states.flatMap((decided) => {
    const way = wayOf(decided);
    return way === null ? [] : [{ ...decided, way }];
  });
  return groupBy(broken, ({ rule, way }) => JSON.stringify([rule?.id, way])).map((group) => {
    const [{ rule, way, cleanupClass, reason }] = group;
    return {
      ...(rule?.place ?? TOP),
      check: 'invariant',
      message: `${ruleWords(rule)} ${way}; it gives ${verdictWords(cleanupClass, reason)}`,
      hint: 'narrow the rule, or put a stricter one before it',
      states: group.map(({ state }) => state),
    };
  });
}

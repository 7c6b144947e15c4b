import { DECIDING_FACTS, type DecidingFact, type DecidingVector } from '../model/policy-facts.js';
import { possibleStates, whyImpossible } from './vocabulary.js';
import type { Atom, CleanupClass, Place, Policy, Rule } from '../model/verdict.js';
import { decidingRule, holds } from './evaluate.js';
import { groupBy, type PolicyProblem, describeRule, describeState, TOP, describeVerdict } from './finding.js';
import type { Invariant } from './policy.js';

/**
 * An invariant that every policy must keep. Defined in code, so that no policy file can remove it, and as data, so that
 * the certificate can contain a hash of the invariants that were proved.
 */
export type MandatoryInvariant = { readonly says: string } & (
  | { readonly kind: 'safe_auto_only'; readonly state: DecidingVector }
  | { readonly kind: 'never_touch'; readonly atoms: readonly Atom[] }
  | { readonly kind: 'by_a_rule' }
);

/** The one state that may be `safe_auto`: every fact is positively proven (FR-002, C-004). */
export const PROVEN: DecidingVector = {
  port_range: 'sync',
  responder: 'sync',
  listener_pid: 'known',
  owner_user: 'same',
  spawn_shape: 'production',
  root_marker: 'same',
  self_report: 'matches',
  recorded_singleton: 'no',
};

export const MANDATORY_INVARIANTS: readonly MandatoryInvariant[] = [
  { says: 'safe_auto needs every positive proof', kind: 'safe_auto_only', state: PROVEN },
  neverTouch('outside the sync range nothing is touched', { port_range: otherThan('port_range', 'sync') }),
  neverTouch('a dashboard is never touched', { responder: ['dashboard'] }),
  neverTouch('the healthy recorded daemon is never touched', {
    responder: ['sync'],
    recorded_singleton: ['yes'],
  }),
  neverTouch('a process of another command line is never touched', {
    spawn_shape: ['other', 'unfamiliar'],
  }),
  neverTouch('a process that neither its command line nor its answer identifies is never touched', {
    spawn_shape: otherThan('spawn_shape', 'production'),
    responder: otherThan('responder', 'sync'),
  }),
  { says: 'the rules leave no state to the default', kind: 'by_a_rule' },
];

/**
 * Whether a verdict on a state keeps an invariant.
 * @param rule the rule that decides; null if the default decides
 */
export function isKept(
  invariant: MandatoryInvariant,
  state: DecidingVector,
  cleanupClass: CleanupClass,
  rule: Rule | null,
): boolean {
  switch (invariant.kind) {
    case 'safe_auto_only': {
      const proven = Object.entries(invariant.state);
      return (
        cleanupClass !== 'safe_auto' || proven.every(([fact, value]) => state[fact as DecidingFact] === value)
      );
    }
    case 'never_touch':
      return cleanupClass === 'never_touch' || !holds(invariant, state);
    case 'by_a_rule':
      return rule !== null;
  }
}

/** Returns every value of a fact but one. Values that are added to the vocabulary later are thereby included. */
function otherThan<F extends DecidingFact>(fact: F, value: DecidingVector[F]): readonly DecidingVector[F][] {
  const values: readonly string[] = DECIDING_FACTS[fact];
  return (values as readonly DecidingVector[F][]).filter((candidate) => candidate !== value);
}

type Values = { readonly [F in DecidingFact]?: readonly DecidingVector[F][] };

function neverTouch(says: string, when: Values): MandatoryInvariant {
  const atoms = Object.entries(when).map(([fact, values]): Atom => ({ fact: fact as DecidingFact, values }));
  return { says, kind: 'never_touch', atoms };
}

interface DecidedState {
  readonly state: DecidingVector;
  readonly rule: Rule | null;
  readonly cleanupClass: CleanupClass;
  readonly reason: string | null;
}

/**
 * An invariant that a policy breaks. The place is that of the rule that breaks it, or of a `reachable` invariant
 * itself.
 */
export interface Violation extends Place {
  readonly check: 'invariant' | 'unknown-in-safe-auto';
  readonly message: string;
  readonly hint: string;
  /**
   * The states in which the invariant is broken, in vocabulary order. Empty if the text of a rule breaks the invariant,
   * or if no state has the verdict that a `reachable` invariant requires.
   */
  readonly states: readonly DecidingVector[];
}

/**
 * Checks the conditions of `safe_auto` rules, and every invariant in every possible state, the mandatory ones first.
 */
export function violationsOf(policy: Policy, own: readonly Invariant[]): readonly Violation[] {
  const states = possibleStates().map((state) => decideState(policy, state));
  return [
    ...policy.rules.flatMap(unprovenConditions),
    ...MANDATORY_INVARIANTS.flatMap((invariant) =>
      groupViolations(states, ({ state, cleanupClass, rule }) =>
        isKept(invariant, state, cleanupClass, rule)
          ? null
          : `breaks the mandatory invariant "${invariant.says}"`,
      ),
    ),
    ...own.flatMap((invariant) => violationsOfOwn(invariant, states, policy)),
  ];
}

/**
 * Returns the violations of invariants as problems of a policy file, with an example state if the violation has states.
 */
export function checkInvariants(
  policy: Policy,
  own: readonly Invariant[],
): readonly Omit<PolicyProblem, 'file'>[] {
  return violationsOf(policy, own).map(({ states: [witness], message, ...rest }) => ({
    ...rest,
    message: witness ? `${message}; for example: ${describeState(witness)}` : message,
  }));
}

/**
 * Finds the facts whose proof a `safe_auto` rule does not require itself, as one violation. It is not enough that earlier rules exclude
 * the unproven values, because a later change may reorder the rules.
 */
function unprovenConditions({ id, atoms, cleanupClass, place }: Rule): readonly Violation[] {
  if (cleanupClass !== 'safe_auto') return [];
  const unproven = Object.entries(PROVEN).flatMap(([fact, proven]) => {
    const admitted = atoms.find((atom) => atom.fact === fact)?.values ?? ['anything'];
    return admitted.every((value) => value === proven) ? [] : [{ fact, proven, admitted }];
  });
  if (unproven.length === 0) return [];
  const admits = unproven.map(({ fact, admitted }) => `${admitted.join(', ')} for \`${fact}\``).join('; ');
  const proofs = unproven.map(({ fact, proven }) => `\`${fact}: ${proven}\``).join(', ');
  return [
    {
      ...place,
      check: 'unknown-in-safe-auto',
      message: `rule \`${id}\` gives safe_auto and admits ${admits}`,
      hint: `require ${proofs}: only ${unproven.length === 1 ? 'that is a proof' : 'these are proofs'}`,
      states: [],
    },
  ];
}

function decideState(policy: Policy, state: DecidingVector): DecidedState {
  const rule = decidingRule(policy, state);
  const { cleanupClass, reason } = rule ?? policy.fallback;
  return { state, rule, cleanupClass, reason };
}

function violationsOfOwn(
  invariant: Invariant,
  states: readonly DecidedState[],
  policy: Policy,
): readonly Violation[] {
  const breaks = `breaks the invariant "${invariant.why}"`;
  switch (invariant.kind) {
    case 'forbid':
      return groupViolations(states, ({ state, cleanupClass }) =>
        cleanupClass === invariant.cleanupClass && holds(invariant, state) ? breaks : null,
      );
    case 'reachable': {
      const { cleanupClass, reason } = invariant;
      const isReached = states.some(
        (decided) => decided.cleanupClass === cleanupClass && (reason === null || decided.reason === reason),
      );
      const message = `no state reaches ${describeVerdict(cleanupClass, reason)}: "${invariant.why}"`;
      const hint = 'correct the rules, or remove the invariant';
      return isReached ? [] : [{ ...invariant.place, check: 'invariant', message, hint, states: [] }];
    }
    case 'independent': {
      const { fact } = invariant;
      // No rule can name a display fact, so verdicts never depend on one.
      if (!isDeciding(fact)) return [];
      return groupViolations(states, (decided) => {
        const other = otherVerdictBy(decided, fact, policy);
        return other === null ? null : `${breaks}: with ${other}`;
      });
    }
  }
}

/** Describes the verdict that another value of the fact would give. Returns null if no value changes the verdict. */
function otherVerdictBy(decided: DecidedState, fact: DecidingFact, policy: Policy): string | null {
  for (const value of DECIDING_FACTS[fact]) {
    const state = { ...decided.state, [fact]: value };
    if (whyImpossible(state) !== null) continue;
    const other = decideState(policy, state);
    if (other.cleanupClass === decided.cleanupClass && other.reason === decided.reason) continue;
    return `\`${fact}: ${value}\` it would give ${describeVerdict(other.cleanupClass, other.reason)}`;
  }
  return null;
}

function isDeciding(fact: string): fact is DecidingFact {
  return fact in DECIDING_FACTS;
}

/**
 * Makes one violation for each deciding rule and each way in which the rule breaks the invariant, so that the message
 * is true in every state listed.
 * @param wayOf returns how the verdict on a state breaks the invariant, or null if the verdict keeps the invariant
 */
function groupViolations(
  states: readonly DecidedState[],
  wayOf: (decided: DecidedState) => string | null,
): readonly Violation[] {
  const broken = states.flatMap((decided) => {
    const way = wayOf(decided);
    return way === null ? [] : [{ ...decided, way }];
  });
  return groupBy(broken, ({ rule, way }) => JSON.stringify([rule?.id, way])).map((group) => {
    const [{ rule, way, cleanupClass, reason }] = group;
    return {
      ...(rule?.place ?? TOP),
      check: 'invariant',
      message: `${describeRule(rule)} ${way}; it gives ${describeVerdict(cleanupClass, reason)}`,
      hint: 'narrow the rule, or put a stricter one before it',
      states: group.map(({ state }) => state),
    };
  });
}

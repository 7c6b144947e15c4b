import { DECIDING_FACTS, type DecidingFact, type DecidingVector } from '../model/policy-facts.js';
import type { Atom, CleanupClass, Rule } from '../model/verdict.js';
import { holds } from '../verdict/second-evaluator.js';

/**
 * What every policy must keep. It is code, so that no file can give it up; and data, so that a certificate can say by its
 * hash which ones were proved.
 */
export type MandatoryInvariant = { readonly says: string } & (
  | { readonly kind: 'safe_auto_only'; readonly state: DecidingVector }
  | { readonly kind: 'never_touch'; readonly atoms: readonly Atom[] }
  | { readonly kind: 'by_a_rule' }
);

/** The one state that may be cleaned without being asked for: every fact positively proven (FR-002, C-004). */
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
  never('outside the sync range nothing is touched', { port_range: otherThan('port_range', 'sync') }),
  never('a dashboard is never touched', { responder: ['dashboard'] }),
  never('the healthy recorded daemon is never touched', {
    responder: ['sync'],
    recorded_singleton: ['yes'],
  }),
  never('a process of another command line is never touched', { spawn_shape: ['other'] }),
  never('what neither its command line nor its answer identifies is never touched', {
    spawn_shape: otherThan('spawn_shape', 'production'),
    responder: otherThan('responder', 'sync'),
  }),
  { says: 'the rules leave no state to the default', kind: 'by_a_rule' },
];

/** @param rule that gives the class; null is the default */
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

/** Also what is added to the vocabulary one day. */
function otherThan<F extends DecidingFact>(fact: F, value: DecidingVector[F]): readonly DecidingVector[F][] {
  const values: readonly string[] = DECIDING_FACTS[fact];
  return (values as readonly DecidingVector[F][]).filter((candidate) => candidate !== value);
}

type Values = { readonly [F in DecidingFact]?: readonly DecidingVector[F][] };

function never(says: string, when: Values): MandatoryInvariant {
  const atoms = Object.entries(when).map(([fact, values]): Atom => ({ fact: fact as DecidingFact, values }));
  return { says, kind: 'never_touch', atoms };
}

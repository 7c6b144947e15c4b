/**
 * The facts that rules may use, each with all its values (docs/policy.md explains them). A fact is never absent: what
 * could not be read has the value `unknown`, `unreadable` or `not_asked`.
 */
export const DECIDING_FACTS = {
  port_range: ['sync', 'dashboard', 'outside'],
  responder: ['sync', 'dashboard', 'foreign', 'silent', 'not_asked'],
  listener_pid: ['known', 'ambiguous', 'unknown'],
  owner_user: ['same', 'other', 'unknown'],
  spawn_shape: ['production', 'other', 'unreadable', 'unfamiliar'],
  root_marker: ['same', 'other', 'absent', 'unreadable'],
  self_report: ['matches', 'mismatch', 'missing'],
  recorded_singleton: ['yes', 'no', 'unknown'],
} as const;

/** A value that a fact got after the first release of the policy format, 3.3.0. */
export interface LaterValue {
  readonly fact: DecidingFact;
  readonly value: string;
  /** The value that this state had before. A policy that does not list the later value treats it like this one. */
  readonly before: string;
}

export const LATER_VALUES: readonly LaterValue[] = [
  { fact: 'spawn_shape', value: 'unfamiliar', before: 'other' },
];

/** Facts for reports only. No rule may name such a fact, so it cannot decide a verdict (FR-003, FR-008). */
const DISPLAY_FACTS = {
  package_version: ['same', 'older', 'newer', 'unparsable', 'unknown'],
  executable: ['current', 'other', 'deleted', 'unknown'],
  owner_record: ['own', 'not_attributable', 'absent', 'unreadable'],
  work: ['started', 'stopped', 'unknown'],
  root_exists: ['yes', 'no', 'unknown'],
} as const;

/** Every fact with all its values. */
export const VOCABULARY = { ...DECIDING_FACTS, ...DISPLAY_FACTS } as const;

export type DecidingFact = keyof typeof DECIDING_FACTS;
export type Fact = keyof typeof VOCABULARY;
export type FactValue<F extends Fact> = (typeof VOCABULARY)[F][number];

/** One candidate as the policy sees it: one value for each fact. */
export type PolicyFacts = { readonly [F in Fact]: FactValue<F> };

/** The facts of a candidate that rules may use. */
export type DecidingVector = { readonly [F in DecidingFact]: FactValue<F> };

export const DECIDING_FACT_NAMES = Object.keys(DECIDING_FACTS) as readonly DecidingFact[];
export const FACT_NAMES = Object.keys(VOCABULARY) as readonly Fact[];

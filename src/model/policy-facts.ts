/**
 * The vocabulary of the policy: a closed list of values for every fact (design: "Policy facts").
 * `unknown`, `unreadable` and `not_asked` are values: a fact is never absent.
 */
export const DECIDING_FACTS = {
  port_range: ['sync', 'dashboard', 'outside'],
  responder: ['sync', 'dashboard', 'foreign', 'silent', 'not_asked'],
  listener_pid: ['known', 'ambiguous', 'unknown'],
  owner_user: ['same', 'other', 'unknown'],
  spawn_shape: ['production', 'other', 'unreadable'],
  root_marker: ['same', 'other', 'absent', 'unreadable'],
  self_report: ['matches', 'mismatch', 'missing'],
  recorded_singleton: ['yes', 'no', 'unknown'],
} as const;

/** Facts that are shown and never decide: no rule may name one (FR-003, FR-008). */
const DISPLAY_FACTS = {
  package_version: ['same', 'older', 'newer', 'unparsable', 'unknown'],
  executable: ['current', 'other', 'deleted', 'unknown'],
  owner_record: ['own', 'not_attributable', 'absent', 'unreadable'],
  work: ['started', 'stopped', 'unknown'],
  root_exists: ['yes', 'no', 'unknown'],
} as const;

export const VOCABULARY = { ...DECIDING_FACTS, ...DISPLAY_FACTS } as const;

export type DecidingFact = keyof typeof DECIDING_FACTS;
export type Fact = keyof typeof VOCABULARY;
export type FactValue<F extends Fact> = (typeof VOCABULARY)[F][number];

/** What one candidate looks like to the policy: one declared value for every declared fact. */
export type PolicyFacts = { readonly [F in Fact]: FactValue<F> };
/** The part of a vector that decides. */
export type DecidingVector = { readonly [F in DecidingFact]: FactValue<F> };

export const DECIDING_FACT_NAMES = Object.keys(DECIDING_FACTS) as readonly DecidingFact[];
export const FACT_NAMES = Object.keys(VOCABULARY) as readonly Fact[];

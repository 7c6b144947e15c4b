import {
  DECIDING_FACT_NAMES,
  DECIDING_FACTS,
  type DecidingFact,
  type DecidingVector,
  type LaterValue,
  type PolicyFacts,
} from '../model/policy-facts.js';

/**
 * Values of the display facts for states that were not observed. No rule can name a display fact, so these values do
 * not change the verdict.
 */
export const DEFAULT_DISPLAY_FACTS: Omit<PolicyFacts, keyof DecidingVector> = {
  package_version: 'unknown',
  executable: 'unknown',
  owner_record: 'absent',
  work: 'unknown',
  root_exists: 'unknown',
};

/**
 * The reasons that a rule can give: those for which the report has words and a remedy (docs/policy.md explains each). A
 * policy with another reason is used, but `policy check` refuses it, because it is most likely misspelt.
 */
export const RULE_REASONS = [
  'out_of_range',
  'dashboard_range',
  'dashboard_family',
  'recorded_singleton',
  'third_party',
  'not_spec_kitty',
  'unknown_command_line',
  'relayed_answer',
  'other_user',
  'owner_unknown',
  'missing_pid',
  'identity_unreadable',
  'pre_marker',
  'cross_root',
  'root_unreadable',
  'unresponsive',
  'missing_identity',
  'pid_port_mismatch',
  'singleton_unknown',
  'unclassified',
] as const;

/** Whether a value of a fact is one of these later values. */
export function isAmong(later: readonly LaterValue[], fact: DecidingFact, value: string): boolean {
  return later.some((one) => one.fact === fact && one.value === value);
}

/**
 * Adds to a condition's values each value that the policy does not list, if the condition accepts the value before it.
 * The rules of an older policy thereby mean what they meant when it was written.
 */
export function withUnlisted(
  fact: DecidingFact,
  values: readonly string[],
  unlisted: readonly LaterValue[],
): readonly string[] {
  const added = unlisted.filter((one) => one.fact === fact && values.includes(one.before));
  return [...values, ...added.map(({ value }) => value)];
}

/**
 * Combinations of values that the identity stage never produces. Analysis leaves them out, so that it covers only
 * states that can occur.
 */
const IMPOSSIBLE: readonly { readonly is: (vector: DecidingVector) => boolean; readonly why: string }[] = [
  {
    is: ({ responder, self_report: report }) => responder !== 'sync' && report !== 'missing',
    why: 'without a sync answer there is nothing to compare',
  },
  {
    is: ({ listener_pid: pid, spawn_shape: shape }) => pid !== 'known' && shape !== 'unreadable',
    why: 'without a single process there is no command line to read',
  },
  {
    is: ({ listener_pid: pid, recorded_singleton: recorded }) => pid !== 'known' && recorded === 'yes',
    why: 'without a single process nothing can be shown to be the recorded one',
  },
  {
    is: ({ spawn_shape: shape, root_marker: marker }) =>
      (shape === 'other' || shape === 'unfamiliar') && marker !== 'absent',
    why: 'only the command line of a daemon carries a root marker',
  },
  {
    is: ({ spawn_shape: shape, responder }) => shape === 'unfamiliar' && responder !== 'sync',
    why: 'only the answer of a sync daemon can name a process whose command line is of no release',
  },
  {
    is: ({ spawn_shape: shape, root_marker: marker }) =>
      (shape === 'unreadable') !== (marker === 'unreadable') && shape !== 'production',
    why: 'a marker in an unreadable command line is unreadable',
  },
  {
    is: ({ spawn_shape: shape, self_report: report }) => shape !== 'production' && report !== 'missing',
    why: 'only the self-report of a daemon with the production command line is compared',
  },
  {
    is: ({ root_marker: marker, self_report: report }) => marker === 'absent' && report !== 'missing',
    why: 'a pre-marker daemon declares no scope to compare',
  },
];

/** Returns why the identity stage can never produce this vector, or null if the identity stage can. */
export function whyImpossible(vector: DecidingVector): string | null {
  return IMPOSSIBLE.find(({ is }) => is(vector))?.why ?? null;
}

/** Returns every state that a candidate can have: all vectors of deciding facts, without the impossible ones. */
export function possibleStates(): readonly DecidingVector[] {
  states ??= enumerate();
  return states;
}

/** The cached result of `possibleStates`. The vocabulary is constant, so the states are enumerated only once. */
let states: readonly DecidingVector[] | undefined;

function enumerate(): readonly DecidingVector[] {
  let partial: Partial<Record<DecidingFact, string>>[] = [{}];
  for (const fact of DECIDING_FACT_NAMES) {
    partial = partial.flatMap((vector) =>
      DECIDING_FACTS[fact].map((value) => ({ ...vector, [fact]: value })),
    );
  }
  return (partial as DecidingVector[]).filter((vector) => whyImpossible(vector) === null);
}

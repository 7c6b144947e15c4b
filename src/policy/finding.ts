import type { DecidingVector } from '../model/policy-facts.js';
import { possibleStates } from './vocabulary.js';
import type { CleanupClass, Place, Rule } from '../model/verdict.js';
import { type Region, regionsOf, statesIn, witnessOf } from './regions.js';

/** Something that a policy command found, at a place in a file. `docs/policy/<check>.md` explains it. */
export interface PolicyFinding extends Place {
  readonly check: string;
  readonly level: 'error' | 'warning' | 'note';
  readonly message: string;
  readonly hint: string | null;
  readonly file: string;
  /** The states that it concerns; null if it concerns only the text. */
  readonly about: About | null;
}

/** The result of one policy command. Every format is a view of it. */
export interface PolicyResult {
  readonly command: 'check' | 'prove' | 'diff' | 'test';
  readonly file: string;
  readonly sha256: string | null;
  /** Exit codes: clean 0, found 1, failed (the job could not be done) 2, inconclusive (nothing was shown) 3. */
  readonly outcome: 'clean' | 'found' | 'inconclusive' | 'failed';
  /** One line: what was done, and its result in numbers. */
  readonly summary: string;
  readonly findings: readonly PolicyFinding[];
}

/** Why a file is refused. */
type CheckId =
  | 'unread'
  | 'file'
  | 'yaml'
  | 'form'
  | 'unknown-word'
  | 'display-only-fact'
  | 'duplicate-id'
  | 'empty-when'
  | 'missing-why'
  | 'default'
  | 'reason'
  | 'unknown-in-safe-auto'
  | 'too-many-rules'
  | 'invariant'
  | 'cases'
  | 'acknowledged';

/** An error in a file that people write: where it is, and what to do about it. */
export interface PolicyProblem extends Place {
  /** The kind of error, which `docs/policy/<check>.md` explains. */
  readonly check: CheckId;
  readonly file: string;
  readonly message: string;
  readonly hint: string | null;
}

/** The place of an error that concerns the whole file. */
export const TOP: Place = { line: 1, column: 1 };

/** Why a file cannot be used at all. `unread`: its content is unknown. `file`: it was read, and is refused unparsed. */
export interface Unusable extends Pick<PolicyProblem, 'message' | 'hint'> {
  readonly check?: 'unread' | 'file';
}

export function fileProblem(file: string, { check = 'file', message, hint }: Unusable): PolicyProblem {
  return { file, ...TOP, check, message, hint };
}

/** Best first. A finding is worse than an inconclusive result, and a job that was not done is worse than both. */
const OUTCOMES = ['clean', 'inconclusive', 'found', 'failed'] as const;

export function worstOutcome(results: readonly Pick<PolicyResult, 'outcome'>[]): PolicyResult['outcome'] {
  const worst = Math.max(0, ...results.map(({ outcome }) => OUTCOMES.indexOf(outcome)));
  return OUTCOMES[worst] ?? 'failed';
}

/** A class with its reason. */
export function describeVerdict(cleanupClass: CleanupClass, reason: string | null): string {
  return reason === null ? cleanupClass : `${cleanupClass} (${reason})`;
}

/** @param rule the rule that decides; null is the default */
export function describeRule(rule: Pick<Rule, 'id'> | null): string {
  return rule === null ? 'the default' : `rule \`${rule.id}\``;
}

/** A state in the form that `policy explain --set` reads. */
export function describeState(state: DecidingVector): string {
  return Object.entries(state)
    .map(([fact, value]) => `${fact}=${value}`)
    .join(' ');
}

/** The states that a finding concerns: a region, their number, and one of them as an example. */
export interface About {
  readonly region: Region;
  readonly states: number;
  readonly witness: DecidingVector;
}

/** Divides states into regions, one for each finding. */
export function aboutEach(states: readonly DecidingVector[]): readonly About[] {
  return regionsOf(states).map((region) => ({
    region,
    states: statesIn(region).length,
    witness: witnessOf(region),
  }));
}

/** Groups items by key, in the order of the first item of each group. */
export function groupBy<T>(
  items: Iterable<T>,
  keyOf: (item: T) => string,
): readonly (readonly [T, ...T[]])[] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return [...groups.values()];
}

/** Rules times states. A reviewable policy is far below: the shipped one has 19 rules in 1152 states. */
const MAX_CHECKS = 2_000_000;

/** Why this many rules or mutants are too many to be evaluated in every state, or null. */
export function overBudget(count: number, things: 'rules' | 'mutants'): string | null {
  const states = possibleStates().length;
  if (count * states <= MAX_CHECKS) return null;
  return `${count} ${things} in ${states} states are more than ${MAX_CHECKS} checks`;
}

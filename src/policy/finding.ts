import type { DecidingVector } from '../model/policy-facts.js';
import { possibleStates } from './vocabulary.js';
import type { CleanupClass, Place, Rule } from '../model/verdict.js';
import { type Region, regionsOf, statesIn, witnessOf } from './regions.js';

/** What a policy command found, at a place. `check` names its page: `docs/policy/<check>.md`. */
export interface PolicyFinding extends Place {
  readonly check: string;
  readonly level: 'error' | 'warning' | 'note';
  readonly message: string;
  readonly hint: string | null;
  readonly file: string;
  /** Null where it is about the text alone. */
  readonly about: About | null;
}

/** What one policy command answers; every format is a view of it. */
export interface PolicyResult {
  readonly command: 'check' | 'prove' | 'diff' | 'test';
  readonly file: string;
  readonly sha256: string | null;
  /** inconclusive: nothing was shown, exit code 3. failed: could not do the job, exit code 2. */
  readonly outcome: 'clean' | 'found' | 'inconclusive' | 'failed';
  /** One line: what was done and what came of it, with numbers. */
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

/** What is wrong with a file that people write, where, and what to do about it. */
export interface PolicyProblem extends Place {
  /** What kind of trouble it is; `docs/policy/<check>.md` is about it. */
  readonly check: CheckId;
  readonly file: string;
  readonly message: string;
  readonly hint: string | null;
}

/** Where trouble with the file as a whole is reported. */
export const TOP: Place = { line: 1, column: 1 };

/** Why a file cannot be used at all: what is in it is not known (`unread`), or it is no text to look into. */
export interface Unusable extends Pick<PolicyProblem, 'message' | 'hint'> {
  readonly check?: 'unread' | 'file';
}

export function fileProblem(file: string, { check = 'file', message, hint }: Unusable): PolicyProblem {
  return { file, ...TOP, check, message, hint };
}

/** Best first. What was found is worse than what could not be shown; a job not done says least of all. */
const OUTCOMES = ['clean', 'inconclusive', 'found', 'failed'] as const;

export function worstOutcome(results: readonly Pick<PolicyResult, 'outcome'>[]): PolicyResult['outcome'] {
  const worst = Math.max(0, ...results.map(({ outcome }) => OUTCOMES.indexOf(outcome)));
  return OUTCOMES[worst] ?? 'failed';
}

/** A class with its reason. */
export function describeVerdict(cleanupClass: CleanupClass, reason: string | null): string {
  return reason === null ? cleanupClass : `${cleanupClass} (${reason})`;
}

/** Who decides; null is the default. */
export function describeRule(rule: Pick<Rule, 'id'> | null): string {
  return rule === null ? 'the default' : `rule \`${rule.id}\``;
}

/** A state, as `policy explain --set` takes it. */
export function describeState(state: DecidingVector): string {
  return Object.entries(state)
    .map(([fact, value]) => `${fact}=${value}`)
    .join(' ');
}

/** The states that a finding is about, as a region, with their number and one of them. */
export interface About {
  readonly region: Region;
  readonly states: number;
  readonly witness: DecidingVector;
}

/** These states, a region for each finding that is to show them. */
export function aboutEach(states: readonly DecidingVector[]): readonly About[] {
  return regionsOf(states).map((region) => ({
    region,
    states: statesIn(region).length,
    witness: witnessOf(region),
  }));
}

/** Items with the same key together, in the order in which the first of each came. */
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

/** A policy that needs more is not one that a person reviews. */
const MAX_CHECKS = 2_000_000;

/**
 * Why so many of something are too many to be looked at in every state, or null.
 * @param things what they are called
 */
export function overBudget(count: number, things: 'rules' | 'mutants'): string | null {
  const states = possibleStates().length;
  if (count * states <= MAX_CHECKS) return null;
  return `${count} ${things} in ${states} states are more than ${MAX_CHECKS} checks`;
}

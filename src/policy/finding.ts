import type { DecidingVector } from '../model/policy-facts.js';
import { inertName } from '../text/terminal.js';
import { possibleStates } from './vocabulary.js';
import type { CleanupClass, Place, Rule } from '../model/verdict.js';
import { type Region, regionsOf, statesIn, witnessOf } from './regions.js';

/**
 * Something that a policy command found, at a place in a file. `docs/policy/<check>.md` explains this kind of finding.
 */
export interface PolicyFinding extends Place {
  readonly check: string;
  readonly level: 'error' | 'warning' | 'note';
  readonly message: string;
  readonly hint: string | null;
  readonly file: string;
  /** The states that the finding concerns; null if the finding concerns only the text of the file. */
  readonly about: About | null;
}

/** The result of one policy command. Every output format shows this result. */
export interface PolicyResult {
  readonly command: 'check' | 'prove' | 'diff' | 'test';
  readonly file: string;
  readonly sha256: string | null;
  /**
   * The command exits with 0 for `clean`, 1 for `found`, 2 for `failed` (the job could not be done) and 3 for
   * `inconclusive` (nothing was proved or disproved).
   */
  readonly outcome: 'clean' | 'found' | 'inconclusive' | 'failed';
  /** One line: what was done, and its result in numbers. */
  readonly summary: string;
  /**
   * What was found, in a few words of letters and digits for the title of a report, such as `11 states loosened`. Null
   * if there is nothing to say, or another result of the same report says it.
   */
  readonly headline: string | null;
  readonly findings: readonly PolicyFinding[];
}

/** The kind of problem for which a file is refused. */
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

/** Returns a problem as one line, not yet escaped, that begins with its place. */
export function problemLine({ file, line, column, message }: PolicyProblem): string {
  return `${inertName(file)}:${line}:${column}: ${message}`;
}

/** The place of an error that concerns the whole file. */
export const TOP: Place = { line: 1, column: 1 };

/**
 * The reason why a file cannot be used at all. `unread`: the file could not be read. `file`: the file is refused for
 * another reason before it is parsed.
 */
export interface Unusable extends Pick<PolicyProblem, 'message' | 'hint'> {
  readonly check?: 'unread' | 'file';
}

export function fileProblem(file: string, { check = 'file', message, hint }: Unusable): PolicyProblem {
  return { file, ...TOP, check, message, hint };
}

/**
 * The outcomes, best first. A finding is worse than an inconclusive result, and a job that could not be done is worse
 * than both.
 */
const OUTCOMES = ['clean', 'inconclusive', 'found', 'failed'] as const;

export function worstOutcome(results: readonly Pick<PolicyResult, 'outcome'>[]): PolicyResult['outcome'] {
  const worst = Math.max(0, ...results.map(({ outcome }) => OUTCOMES.indexOf(outcome)));
  return OUTCOMES[worst] ?? 'failed';
}

/** Returns a class with its reason as text, such as `never_touch (other_user)`. */
export function describeVerdict(cleanupClass: CleanupClass, reason: string | null): string {
  return reason === null ? cleanupClass : `${cleanupClass} (${reason})`;
}

/** Returns the words for the rule that decides. `rule` is null if the default decides. */
export function describeRule(rule: Pick<Rule, 'id'> | null): string {
  return rule === null ? 'the default' : `rule \`${rule.id}\``;
}

/** Returns a state as text, in the form that `policy explain --set` reads. */
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

/** Divides states into regions, so that the caller can make one finding for each region. */
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

/**
 * The most evaluations that a command makes: the number of rules, or of mutants, times the number of states. A policy
 * that people can review needs far fewer: the shipped policy has 20 rules in 1179 states.
 */
const MAX_CHECKS = 2_000_000;

/** Returns why this many rules or mutants are too many to be evaluated in every state, or null if they are not. */
export function overBudget(count: number, things: 'rules' | 'mutants'): string | null {
  const states = possibleStates().length;
  if (count * states <= MAX_CHECKS) return null;
  return `${count} ${things} in ${states} states are more than ${MAX_CHECKS} checks`;
}

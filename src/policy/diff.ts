import type { DecidingVector } from '../model/policy-facts.js';
import { CLEANUP_CLASSES, type CleanupClass, type Place, type Policy } from '../model/verdict.js';
import type { Acknowledgement, Acknowledgements } from './acknowledged.js';
import { sha256Of } from './certificate.js';
import { decidingRule, holds } from './evaluate.js';
import { groupBy, type PolicyFinding, type PolicyResult, TOP, describeVerdict } from './finding.js';
import { isKept, MANDATORY_INVARIANTS } from './invariants.js';
import type { CompiledPolicy, Invariant } from './policy.js';
import { type Region, regionsOf, statesIn, witnessOf } from './regions.js';
import { possibleStates } from './vocabulary.js';

/** What a policy gives to a state: the verdict, and the rule that decided; null is the default. */
export interface Decided extends Place {
  readonly class: CleanupClass;
  readonly reason: string | null;
  readonly rule: string | null;
}

/** Loosened: to a class that allows more. Tightened: to a stricter one. */
export type ChangeKind = 'loosened' | 'tightened' | 'reason';

/** States whose verdict changes in the same way. */
export interface Change {
  readonly kind: ChangeKind;
  readonly region: Region;
  readonly states: readonly DecidingVector[];
  readonly before: Decided;
  readonly after: Decided;
  /** The mandatory invariant that the new verdict breaks in the first state; null where it breaks none in any. */
  readonly breaks: string | null;
}

/**
 * Every verdict that differs between two policies, exactly: each possible state is judged by both. States that go from
 * one rule to another are told as regions, the loosened ones first; those that break a mandatory invariant are told
 * apart. Which rule gives an unchanged verdict is no change.
 */
export function changesBetween(before: Policy, after: Policy): readonly Change[] {
  const changed = possibleStates().flatMap((state) => {
    const [was, is] = [decidedBy(before, state), decidedBy(after, state)];
    const kind = kindOf(was, is);
    return kind === null
      ? []
      : [{ state, kind, before: was, after: is, breaks: brokenInvariant(state, after) }];
  });
  const groups = groupBy(changed, ({ kind, before: was, after: is, breaks }) =>
    JSON.stringify([kind, was.rule, is.rule, breaks === null]),
  );
  const changes = groups.flatMap((group) => {
    const [{ kind, before: was, after: is }] = group;
    return regionsOf(group.map(({ state }) => state)).map((region): Change => {
      const breaks = brokenInvariant(witnessOf(region), after);
      return { kind, region, states: statesIn(region), before: was, after: is, breaks };
    });
  });
  return KINDS.flatMap((kind) => changes.filter((change) => change.kind === kind));
}

const KINDS: readonly ChangeKind[] = ['loosened', 'tightened', 'reason'];

/** How many states change, in any way or in one; regions may overlap. */
function countStates(changes: readonly Change[], kind?: ChangeKind): number {
  const counted = changes.filter((change) => kind === undefined || change.kind === kind);
  return new Set(counted.flatMap(({ states }) => states)).size;
}

function decidedBy(policy: Policy, state: DecidingVector): Decided {
  const rule = decidingRule(policy, state);
  const { cleanupClass, reason } = rule ?? policy.fallback;
  return { class: cleanupClass, reason, rule: rule?.id ?? null, ...(rule?.place ?? TOP) };
}

function brokenInvariant(state: DecidingVector, policy: Policy): string | null {
  const rule = decidingRule(policy, state);
  const { cleanupClass } = rule ?? policy.fallback;
  const broken = MANDATORY_INVARIANTS.find((invariant) => !isKept(invariant, state, cleanupClass, rule));
  return broken?.says ?? null;
}

function kindOf(was: Decided, is: Decided): ChangeKind | null {
  const more = CLEANUP_CLASSES.indexOf(is.class) - CLEANUP_CLASSES.indexOf(was.class);
  if (more !== 0) return more > 0 ? 'loosened' : 'tightened';
  return is.reason === was.reason ? null : 'reason';
}

/**
 * The invariants of a policy's own that a change gives up. One that is only reworded, split, merged or made stronger
 * still stands: whatever the new ones forbid together counts.
 */
function removedInvariants(before: readonly Invariant[], after: readonly Invariant[]): readonly Invariant[] {
  return before.filter((invariant) => !isStillImplied(invariant, after));
}

function isStillImplied(invariant: Invariant, after: readonly Invariant[]): boolean {
  switch (invariant.kind) {
    case 'independent':
      return after.some((other) => other.kind === 'independent' && other.fact === invariant.fact);
    case 'reachable': {
      const { cleanupClass, reason } = invariant;
      return after.some(
        (other) =>
          other.kind === 'reachable' &&
          other.cleanupClass === cleanupClass &&
          (reason === null || other.reason === reason),
      );
    }
    case 'forbid': {
      const { cleanupClass } = invariant;
      const forbidding = after.filter(
        (other) => other.kind === 'forbid' && other.cleanupClass === cleanupClass,
      );
      return possibleStates()
        .filter((state) => holds(invariant, state))
        .every((state) => forbidding.some((other) => other.kind === 'forbid' && holds(other, state)));
    }
  }
}

export const FAIL_ON = ['loosened', 'changed', 'none'] as const;
/** What makes a diff find something: what is loosened and not acknowledged, any change, or nothing. */
export type FailOn = (typeof FAIL_ON)[number];

/** One change of what a policy means. */
interface DiffFinding extends PolicyFinding {
  /**
   * By which it is acknowledged: the SHA-256 of what changes, wherever in the files it stands. Null for what cannot be.
   * @pattern ^sha256:[0-9a-f]{64}$
   */
  readonly change: string | null;
  /** Why it may be looser, where somebody answers for it. */
  readonly acknowledged: string | null;
  readonly before: Decided | null;
  readonly after: Decided | null;
}

export interface DiffResult extends PolicyResult {
  readonly command: 'diff';
  readonly against: { readonly file: string; readonly sha256: string };
  readonly findings: readonly DiffFinding[];
}

/**
 * Says what a change of the policy means: every verdict that differs, and every invariant that is given up, loosened
 * first. Which of these are errors is decided by `failOn` and by what is acknowledged.
 */
export function diffPolicies(
  before: CompiledPolicy,
  after: CompiledPolicy,
  acknowledgements: Acknowledgements,
  failOn: FailOn,
): DiffResult {
  const { policy } = after;
  const changes = changesBetween(before.policy, policy);
  const removed = removedInvariants(before.invariants, after.invariants);
  const context = { file: policy.source, failOn, acknowledgements };
  const [loosened, others] = partition(changes);
  const found = [
    ...loosened.map((change) => describeChange(change, context)),
    ...removed.map((invariant) => describeRemoved(invariant, context)),
    ...others.map((change) => describeChange(change, context)),
  ];
  const stale = acknowledgements.entries.filter(
    (entry) => !found.some(({ change }) => change === entry.change),
  );
  return {
    command: 'diff',
    file: policy.source,
    sha256: policy.sha256,
    against: { file: before.policy.source, sha256: before.policy.sha256 },
    outcome: found.some(({ level }) => level === 'error') ? 'found' : 'clean',
    summary: summaryOf(changes, removed.length),
    findings: [...found, ...stale.map((entry) => describeStale(entry, acknowledgements.file))],
  };
}

function partition(changes: readonly Change[]): readonly [readonly Change[], readonly Change[]] {
  return [
    changes.filter(({ kind }) => kind === 'loosened'),
    changes.filter(({ kind }) => kind !== 'loosened'),
  ];
}

function summaryOf(changes: readonly Change[], removed: number): string {
  const all = possibleStates().length;
  const invariants =
    removed === 0 ? '' : `; ${removed} ${removed === 1 ? 'invariant' : 'invariants'} given up`;
  if (changes.length === 0) return `no verdict changed in any of ${all} states${invariants}`;
  const kinds = [
    `${countStates(changes, 'loosened')} loosened`,
    `${countStates(changes, 'tightened')} tightened`,
    `${countStates(changes, 'reason')} only the reason`,
  ];
  return `the verdict changed in ${countStates(changes)} of ${all} states: ${kinds.join(', ')}${invariants}`;
}

interface Context {
  readonly file: string;
  readonly failOn: FailOn;
  readonly acknowledgements: Acknowledgements;
}

/** One change of verdicts, at the rule that gives the new ones. */
function describeChange(change: Change, context: Context): DiffFinding {
  const { kind, region, states, before, after } = change;
  return {
    check: kind === 'reason' ? 'reason-changed' : kind,
    file: context.file,
    line: after.line,
    column: after.column,
    message: `${verdictOf(before)} became ${verdictOf(after)}: ${describeDeciders(before, after)}`,
    about: { region, states: states.length, witness: witnessOf(region) },
    before,
    after,
    ...consequenceOf(change, context),
  };
}

/** An invariant of the policy's own that it no longer states. */
function describeRemoved(invariant: Invariant, context: Context): DiffFinding {
  const { place, why, ...theorem } = invariant;
  return {
    check: 'invariant-removed',
    file: context.file,
    ...TOP,
    message: `the invariant of line ${place.line}, "${why}", is no longer stated, nor implied by those that are`,
    about: null,
    before: null,
    after: null,
    ...consequenceIfLooser({ removed: theorem }, context),
  };
}

/** An entry that would let the same change pass another time. */
function describeStale({ line, column }: Acknowledgement, file: string): DiffFinding {
  return {
    check: 'stale-acknowledgement',
    level: 'note',
    file,
    line,
    column,
    message: 'it acknowledges nothing that this change does',
    hint: 'remove it: it would let the same change pass another time',
    change: null,
    acknowledged: null,
    about: null,
    before: null,
    after: null,
  };
}

type Consequence = Pick<DiffFinding, 'level' | 'hint' | 'change' | 'acknowledged'>;

/** Whether a change is an error, and what its author can do about it. */
function consequenceOf({ kind, region, before, after, breaks }: Change, context: Context): Consequence {
  const { failOn } = context;
  const notAcknowledgeable = { change: null, acknowledged: null };
  if (kind !== 'loosened') {
    return { ...notAcknowledgeable, level: failOn === 'changed' ? 'error' : 'note', hint: null };
  }
  if (breaks !== null) {
    const hint = `take it back: it breaks the mandatory invariant "${breaks}", for which nobody can answer`;
    return { ...notAcknowledgeable, level: failOn === 'none' ? 'warning' : 'error', hint };
  }
  return consequenceIfLooser({ region, before: verdictOf(before), after: verdictOf(after) }, context);
}

/** What is loosened is an error until somebody answers for it. */
function consequenceIfLooser(content: object, { failOn, acknowledgements }: Context): Consequence {
  // With a prefix it is a word to YAML, also when it has no letter.
  const change = `sha256:${sha256Of(JSON.stringify(content))}`;
  const acknowledged = acknowledgements.entries.find((entry) => entry.change === change)?.why ?? null;
  const fails = failOn === 'changed' || (failOn === 'loosened' && acknowledged === null);
  return {
    level: fails ? 'error' : 'warning',
    hint: acknowledged === null ? linesFor(change, acknowledgements) : null,
    change,
    acknowledged,
  };
}

/** The lines to add, but for the reason, which only its author knows: without one they are refused. */
function linesFor(change: string, { file }: Acknowledgements): string {
  return [`if it is meant, add to ${file}:`, `- change: ${change}`, '  why: # say why it may be looser'].join(
    '\n',
  );
}

function verdictOf(decided: Decided): string {
  return describeVerdict(decided.class, decided.reason);
}

function describeDeciders(before: Decided, after: Decided): string {
  if (before.rule === null || before.rule !== after.rule) {
    return `${describeDecider(before)} decided, ${describeDecider(after)} decides now`;
  }
  const was = before.line === after.line ? '' : `, line ${before.line} before`;
  return `\`${before.rule}\` (line ${after.line}${was}) decides`;
}

function describeDecider({ rule, line }: Decided): string {
  return rule === null ? 'the default' : `\`${rule}\` (line ${line})`;
}

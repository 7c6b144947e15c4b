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
import { counted } from '../text/layout.js';

/**
 * The verdict of a policy on a state. `rule` is the id of the rule that decided, or null if the default decided. `line`
 * and `column` are the place of that rule; both are 1 if the default decided.
 */
export interface Decided extends Place {
  readonly class: CleanupClass;
  readonly reason: string | null;
  readonly rule: string | null;
}

/** `loosened`: the new class allows more. `tightened`: the new class allows less. `reason`: only the reason differs. */
export type ChangeKind = 'loosened' | 'tightened' | 'reason';

/** States whose verdict changes in the same way. */
export interface Change {
  readonly kind: ChangeKind;
  readonly region: Region;
  readonly states: readonly DecidingVector[];
  readonly before: Decided;
  readonly after: Decided;
  /**
   * A mandatory invariant that the new verdict breaks in the first state of the region; null if the new verdict breaks
   * none in any of the states.
   */
  readonly breaks: string | null;
}

/**
 * Finds every verdict that differs between two policies, by evaluating both in each possible state. Regions describe
 * the changed states that have the same old and the same new rule; states in which the new verdict breaks a mandatory
 * invariant get separate regions. Loosened changes come first. If another rule gives the same verdict, this is not a
 * change.
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

/**
 * Counts the states of all changes, or of the changes of one kind. A state in several overlapping regions counts once.
 */
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
 * Returns the invariants of the old policy file that the new policy file neither states nor implies. A `forbid`
 * invariant that was reworded, split, merged or strengthened is implied, because what the new `forbid` invariants
 * forbid together is compared.
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
/**
 * Which changes are errors. `loosened`: those that loosen a verdict or remove an invariant and are not acknowledged.
 * `changed`: all. `none`: none.
 */
export type FailOn = (typeof FAIL_ON)[number];

/** A changed verdict, a removed invariant, or an acknowledgement that matches no change. */
interface DiffFinding extends PolicyFinding {
  /**
   * The hash by which `acknowledged.yaml` names this change. It is made from the states and verdicts, or from the
   * removed invariant, and does not depend on line numbers. Null if the change cannot be acknowledged or needs no
   * acknowledgement.
   * @pattern ^sha256:[0-9a-f]{64}$
   */
  readonly change: string | null;
  /** The reason in `acknowledged.yaml`; null if the change is not acknowledged. */
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
 * Compares two policies and reports every verdict that differs and every invariant that was removed. Loosened verdicts
 * come first, then removed invariants, other changes, and acknowledgements that match no change. `failOn` and the
 * acknowledgements decide which findings are errors.
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
    headline: headlineOf(changes, removed.length, found),
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
  const invariants = removed === 0 ? '' : `; ${counted(removed, 'invariant')} removed`;
  if (changes.length === 0) return `no verdict changed in any of ${all} states${invariants}`;
  const kinds = [
    `${countStates(changes, 'loosened')} loosened`,
    `${countStates(changes, 'tightened')} tightened`,
    `${countStates(changes, 'reason')} only the reason`,
  ];
  return `the verdict changed in ${countStates(changes)} of ${all} states: ${kinds.join(', ')}${invariants}`;
}

/** Names the loosened states and removed invariants. If there are none, names what else changed. */
function headlineOf(
  changes: readonly Change[],
  removed: number,
  findings: readonly Pick<DiffFinding, 'check' | 'acknowledged'>[],
): string {
  const states = (kind: ChangeKind): string => counted(countStates(changes, kind), 'state');
  const kinds = new Set(changes.map(({ kind }) => kind));
  const looser = [
    ...(kinds.has('loosened') ? [`${states('loosened')} loosened`] : []),
    ...(removed > 0 ? [`${counted(removed, 'invariant')} removed`] : []),
  ];
  if (looser.length > 0) {
    const isAcknowledged = findings
      .filter(({ check }) => check === 'loosened' || check === 'invariant-removed')
      .every(({ acknowledged }) => acknowledged !== null);
    return `${looser.join(' and ')}${isAcknowledged ? ' as acknowledged' : ''}`;
  }
  if (kinds.has('tightened')) return `${states('tightened')} tightened`;
  return kinds.has('reason') ? `another reason in ${states('reason')}` : 'no verdict changed';
}

interface Context {
  readonly file: string;
  readonly failOn: FailOn;
  readonly acknowledgements: Acknowledgements;
}

/** Makes the finding for a change of verdicts, at the place of the rule that gives the new verdict. */
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

/** Makes the finding for an invariant that the new policy neither states nor implies. */
function describeRemoved(invariant: Invariant, context: Context): DiffFinding {
  const { place, why, ...theorem } = invariant;
  return {
    check: 'invariant-removed',
    file: context.file,
    ...TOP,
    message: `the invariant of line ${place.line}, "${why}", was removed, and the remaining ones do not imply it`,
    about: null,
    before: null,
    after: null,
    ...consequenceIfLooser({ removed: theorem }, context),
  };
}

/**
 * Makes the finding for an acknowledgement that matches no change. If this entry stayed in the file, the change that it
 * names could be made later without a review.
 */
function describeStale({ line, column }: Acknowledgement, file: string): DiffFinding {
  return {
    check: 'stale-acknowledgement',
    level: 'note',
    file,
    line,
    column,
    message: 'this entry matches no change between the two policies',
    hint: 'remove it: it would let the same change pass later without a review',
    change: null,
    acknowledged: null,
    about: null,
    before: null,
    after: null,
  };
}

type Consequence = Pick<DiffFinding, 'level' | 'hint' | 'change' | 'acknowledged'>;

/**
 * Decides the level of a change of verdicts (error, warning or note), and what the author of the change can do next.
 */
function consequenceOf({ kind, region, before, after, breaks }: Change, context: Context): Consequence {
  const { failOn } = context;
  const notAcknowledgeable = { change: null, acknowledged: null };
  if (kind !== 'loosened') {
    return { ...notAcknowledgeable, level: failOn === 'changed' ? 'error' : 'note', hint: null };
  }
  if (breaks !== null) {
    const hint = `undo the change: it breaks the mandatory invariant "${breaks}", and that cannot be acknowledged`;
    return { ...notAcknowledgeable, level: failOn === 'none' ? 'warning' : 'error', hint };
  }
  return consequenceIfLooser({ region, before: verdictOf(before), after: verdictOf(after) }, context);
}

/**
 * Decides the level of a loosened verdict or a removed invariant. With `failOn: 'loosened'`, such a change is an error
 * until it is acknowledged.
 */
function consequenceIfLooser(content: object, { failOn, acknowledgements }: Context): Consequence {
  // The prefix makes YAML read the hash as a string, even if the hash consists of digits only.
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

/**
 * Returns the lines that acknowledge a change. The author must fill in the reason, because an entry without a reason is
 * refused.
 */
function linesFor(change: string, { file }: Acknowledgements): string {
  return [
    `if it is intended, add to ${file}:`,
    `- change: ${change}`,
    '  why: # say why it may be looser',
  ].join('\n');
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

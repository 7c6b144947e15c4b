import type { Acknowledgement, Acknowledgements } from './acknowledged.js';
import { sha256Of } from './certificate.js';
import {
  type Change,
  changesBetween,
  type ChangeKind,
  countStates,
  type Decided,
  removedInvariants,
} from './changes.js';
import { type PolicyFinding, type PolicyResult, TOP, describeVerdict } from './finding.js';
import type { CompiledPolicy, Invariant } from './policy.js';
import { witnessOf } from './regions.js';
import { possibleStates } from './vocabulary.js';
import { counted } from '../text/layout.js';

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

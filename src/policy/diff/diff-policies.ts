import { possibleStates } from '../../model/possible-states.js';
import type { CompiledPolicy } from '../compiled-policy.js';
import type { Acknowledgements } from './acknowledged.js';
import { type Change, changesBetween, countStates } from './changes.js';
import { describeChange, describeRemoved, describeStale } from './describe-change.js';
import type { DiffResult, FailOn } from './diff-result.js';
import { removedInvariants } from './removed-invariants.js';

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

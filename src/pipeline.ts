import { planReset, RESET_CLASSES, type ResetClass } from './action/plan.js';
import type { Recheck } from './action/retire.js';
import type { OnProgress } from './action/sweep.js';
import { gatherFacts } from './facts/gather.js';
import { redactFacts } from './facts/redact.js';
import { lookAgain, readRootAgain } from './facts/look-again.js';
import { identify, identifyListener } from './identity/identify.js';
import type { JudgedCandidate } from './model/candidate.js';
import { type CollectorName, type Facts, type Reading, read } from './model/evidence.js';
import type { ClearedStateFile, FenceReading, Ledger, Plan } from './model/outcome.js';
import type { NearestChange, PolicyHandle } from './model/verdict.js';
import { evaluate } from './verdict/evaluate.js';
import { nearestChanges } from './verdict/nearest-change.js';

/**
 * The whole product on one screen:
 *
 *     facts -> identity -> verdict -> action -> report
 *
 * Facts are read and never judged; identity and verdict are pure; only action changes anything, and it looks again
 * before it does. The report is made from what these functions return.
 */
export interface Examination {
  readonly facts: Facts;
  readonly policy: PolicyHandle;
  readonly candidates: readonly JudgedCandidate[];
}

/** Finds every listener on the sync range, says who each one is, and gives each exactly one verdict. Changes nothing. */
export async function examine(
  rootPath: string,
  policy: PolicyHandle,
  collector: CollectorName,
): Promise<Examination> {
  return judge(await gatherFacts(rootPath, collector), policy);
}

/** The same from facts that were saved, here or on another machine: byte for byte the same verdicts. */
export async function examineSaved(path: string, policy: PolicyHandle): Promise<Reading<Examination>> {
  const { readSavedFacts } = await import('./facts/replay.js');
  const facts = readSavedFacts(path);
  return facts.ok ? read(await judge(facts.value, policy)) : facts;
}

/** The facts of an examination as text that may be shown to others: its secrets are gone. */
export function savedFacts({ facts }: Examination): string {
  return `${JSON.stringify(redactFacts(facts), null, 2)}\n`;
}

async function judge(facts: Facts, policy: PolicyHandle): Promise<Examination> {
  const identified = identify(facts);
  if (identified.length === 0) return { facts, policy, candidates: [] };
  const compiled = await policy.compiled();
  const candidates = await Promise.all(
    identified.map(async (candidate) => ({
      ...candidate,
      verdict: await evaluate(compiled, candidate.facts),
    })),
  );
  return { facts, policy, candidates };
}

/** Says what would change the verdict of a candidate. */
export type Nearest = (candidate: JudgedCandidate) => readonly NearestChange[];

export async function nearestBy({ policy }: Examination): Promise<Nearest> {
  const compiled = await policy.compiled();
  return (candidate) => nearestChanges(compiled, candidate.facts);
}

/** What a reset would do. Pure. */
export function plan({ candidates, facts }: Examination, only: readonly ResetClass[]): Plan {
  return planReset(candidates, only, facts.observer);
}

export type ResetResult =
  | { readonly ok: true; readonly examination: Examination; readonly reset: Reset }
  | { readonly ok: false; readonly message: string; readonly nextStep: string };

/** How the processes that a reset would retire can be held; null where there is none. Changes nothing. */
export async function fenceFor(examination: Examination): Promise<FenceReading | null> {
  if (plan(examination, RESET_CLASSES).targets.length === 0) return null;
  const { readFence } = await import('./action/act.js');
  return readFence();
}

export interface Reset {
  readonly ledger: Ledger;
  readonly cleared: ClearedStateFile;
}

/**
 * Acts only on what `procfs` saw. Through any other collector the envelope refuses every target, so nothing is locked,
 * written or held: the ledger says of each why it was left alone.
 */
export async function reset(
  rootPath: string,
  policy: PolicyHandle,
  only: readonly ResetClass[],
  collector: CollectorName,
  onProgress: OnProgress,
): Promise<ResetResult> {
  if (collector === 'procfs') return resetFromKernel(rootPath, policy, only, onProgress);
  const examination = await examine(rootPath, policy, collector);
  const { leaveAlone } = await import('./action/act.js');
  const ledger = leaveAlone(plan(examination, only));
  return { ok: true, examination, reset: { ledger, cleared: { kind: 'kept' } } };
}

/**
 * Examines, plans and takes hold under the lock that every start of a daemon takes; then lets starts go on, and retires
 * the targets.
 */
async function resetFromKernel(
  rootPath: string,
  policy: PolicyHandle,
  only: readonly ResetClass[],
  onProgress: OnProgress,
): Promise<ResetResult> {
  const action = await import('./action/act.js');
  const locks = await action.takeSweepLocks(rootPath);
  if (!locks.ok) return locks;
  try {
    const examination = await examine(rootPath, policy, 'procfs');
    const { facts } = examination;
    const planned = plan(examination, only);
    const held = await action.holdTargets(planned);
    locks.releaseStartLock();

    const ledger = await action.sweep(planned, held, {
      observer: facts.observer,
      lookAgain: (judged, patienceMs) => judgeAgain(judged, facts, patienceMs),
      journal: action.openJournal(rootPath, 'auth doctor --reset', policy.sha256),
      onProgress,
    });
    const cleared = await action.clearStaleStateFile(readRootAgain(facts), facts.observer);
    return { ok: true, examination, reset: { ledger, cleared } };
  } finally {
    locks.release();
  }
}

/** Facts and identity once more, for one candidate, right before something is done to it. */
async function judgeAgain(judged: JudgedCandidate, facts: Facts, patienceMs: number): Promise<Recheck> {
  const look = await lookAgain(judged.evidence, facts, patienceMs);
  switch (look.kind) {
    case 'gone':
      return look;
    case 'socket_released':
      return { kind: 'changed', why: 'it no longer holds the socket that it was judged by' };
    case 'unreadable':
      return { kind: 'changed', why: `it cannot be looked at again: ${look.why}` };
    case 'there':
      return { kind: 'there', candidate: identifyListener(look.evidence, look.facts) };
  }
}

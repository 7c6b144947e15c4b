import type { Wish } from './action/plan.js';
import type { Recheck } from './action/retire.js';
import type { HeldTarget, OnProgress } from './action/sweep.js';
import { gatherFacts } from './facts/gather.js';
import { redactFacts } from './facts/redact.js';
import { lookAgain, readRootAgain } from './facts/look-again.js';
import { identifyListener } from './identity/identify.js';
import type { JudgedCandidate } from './model/candidate.js';
import { type CollectorName, type Facts, type Reading, type RootEvidence, read } from './model/evidence.js';
import type { Family } from './model/family.js';
import type { ClearedStateFile, Ledger, Plan } from './model/outcome.js';
import type { NearestChange, PolicyHandle } from './model/verdict.js';
import { type Examination, examine, judge } from './pipeline/examine.js';
import { lookAtRoot } from './pipeline/look.js';
import { plan } from './pipeline/plan.js';
import { isCertified } from './policy/certificate.js';
import { nearestChanges } from './verdict/nearest-change.js';

/*
 * The whole product on one screen:
 *
 *     facts -> identity -> verdict -> action -> report
 *
 * Facts are read and never judged; identity and verdict are pure; only action changes anything, and it looks again
 * before it does. The report is made from what these functions return. What every look needs stands apart: on an empty
 * range the rest is never loaded.
 */
export { type Examination, examine, judge } from './pipeline/examine.js';
export { fenceFor, plan } from './pipeline/plan.js';

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

/** Says what would change the verdict of a candidate. */
export type Nearest = (candidate: JudgedCandidate) => readonly NearestChange[];

export async function nearestBy({ policy }: Examination): Promise<Nearest> {
  const compiled = await policy.compiled();
  return (candidate) => nearestChanges(compiled, candidate.facts);
}

/** Something that is to be cleaned, and who asked. */
export interface Errand {
  readonly wish: Wish;
  /** The words of the command, for the journal. */
  readonly askedBy: string;
  readonly onProgress: OnProgress;
}

export interface Reset {
  readonly ledger: Ledger;
  readonly cleared: ClearedStateFile;
  /** Our root, as it was after. */
  readonly root: RootEvidence;
}

export type ResetResult =
  | { readonly ok: true; readonly examination: Examination; readonly reset: Reset }
  | { readonly ok: false; readonly message: string; readonly nextStep: string };

/**
 * Acts only on what `procfs` saw. Through any other collector the envelope refuses every target, so nothing is locked,
 * written or held: the ledger says of each why it was left alone.
 */
export async function reset(
  rootPath: string,
  policy: PolicyHandle,
  collector: CollectorName,
  errand: Errand,
): Promise<ResetResult> {
  if (collector === 'procfs') {
    if (!isCertified(await policy.compiled())) return NOT_CERTIFIED;
    return resetFromKernel('sync', rootPath, () => examine(rootPath, policy, 'procfs'), errand);
  }
  const examination = await examine(rootPath, policy, collector);
  const { leaveAlone } = await import('./action/act.js');
  const ledger = leaveAlone(plan(examination, errand.wish));
  return { ok: true, examination, reset: withoutTrace(examination, ledger) };
}

/**
 * Examines, plans and takes hold under the lock that every start of a daemon takes; then lets starts go on, and retires
 * the targets.
 */
export async function resetFromKernel(
  family: Family,
  rootPath: string,
  look: () => Promise<Examination>,
  errand: Errand,
): Promise<ResetResult> {
  const first = isUnused(family, rootPath) ? await look() : null;
  // With nobody to act on there is nothing to write down either, and no reason to make a folder for it.
  if (first && plan(first, errand.wish).targets.length === 0) {
    const { leaveAlone } = await import('./action/act.js');
    const ledger = leaveAlone(plan(first, errand.wish));
    return { ok: true, examination: first, reset: withoutTrace(first, ledger) };
  }
  const action = await import('./action/act.js');
  const locks = await action.takeResetLocks(family, rootPath);
  if (!locks.ok) return locks;
  try {
    const examination = await look();
    const held = await takeHold(examination, errand.wish);
    locks.start.release();
    const ledger = await retireHeld(held, errand);
    const { facts } = examination;
    const readAgain = (): RootEvidence => readRootAgain(facts);
    const cleared = await action.clearStaleStateFile(family, rootPath, readAgain, facts.observer);
    const lock = await action.takeStartLock(family, rootPath, 0);
    if (lock.kind === 'held') {
      action.clearStaleRecords(await gatherFacts(family, rootPath, 'procfs', 'ours'));
      lock.lock.release();
    }
    return { ok: true, examination, reset: { ledger, cleared, root: readAgain() } };
  } finally {
    locks.release();
  }
}

/** A root that is not there, or a project in which no dashboard left anything. */
function isUnused(family: Family, rootPath: string): boolean {
  const { directory, stateFile, records } = lookAtRoot(family, rootPath);
  if (directory.kind === 'missing') return true;
  return family === 'dashboard' && stateFile.kind === 'absent' && records.length === 0;
}

function withoutTrace({ facts }: Examination, ledger: Ledger): Reset {
  return { ledger, cleared: { kind: 'kept' }, root: facts.root };
}

/** Dashboards are judged by code; what a policy allows counts only where it was proved to allow nothing worse. */
async function mayActOn({ facts, policy }: Examination): Promise<boolean> {
  return facts.family === 'dashboard' || isCertified(await policy.compiled());
}

const NOT_CERTIFIED = {
  ok: false,
  message: 'the certificate of the policy is missing, or of another policy: nothing is done under it',
  nextStep: 'install spec-kitty again, or give a policy of your own, which is proved on the spot',
} as const;

/** A plan whose targets are held: nobody can take their place any more. */
export interface HeldPlan {
  readonly examination: Examination;
  readonly plan: Plan;
  readonly targets: readonly HeldTarget[];
}

export async function takeHold(examination: Examination, wish: Wish): Promise<HeldPlan> {
  const wished = plan(examination, wish);
  if (wished.targets.length === 0) return { examination, plan: wished, targets: [] };
  if (!(await mayActOn(examination))) throw new Error(NOT_CERTIFIED.message);
  const { holdTargets, withoutStarting } = await import('./action/act.js');
  const settled = await withoutStarting(wished, examination.facts.root);
  return { examination, plan: settled, targets: await holdTargets(settled) };
}

/** Retires what is held, looking again before each step. Call under the sweep's own lock, outside that of a start. */
export async function retireHeld(held: HeldPlan, { askedBy, onProgress }: Errand): Promise<Ledger> {
  const { facts, policy } = held.examination;
  const { openJournal, sweep } = await import('./action/act.js');
  return sweep(held.plan, held.targets, {
    observer: facts.observer,
    lookAgain: (judged, patienceMs) => judgeAgain(judged, facts, patienceMs),
    journal: openJournal(facts.family, facts.root.path, askedBy, policy.sha256),
    onProgress,
  });
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

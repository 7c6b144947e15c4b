import { gatherFacts } from '../facts/gather.js';
import { readRootAgain } from '../facts/look-again.js';
import type { CollectorName, RootEvidence } from '../model/evidence.js';
import type { Family } from '../model/family.js';
import type { ClearedStateFile, Ledger } from '../model/outcome.js';
import type { ResetLocks } from '../action/locks.js';
import type { PolicyHandle } from '../model/verdict.js';
import { isCertified } from '../policy/certificate.js';
import { type Examination, examine } from './examine.js';
import { type Errand, type HeldPlan, letGo, NOT_CERTIFIED, retireHeld, takeHold } from './hold.js';
import { lookAtRoot } from './look.js';
import { plan } from './plan.js';

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
  const { leaveAlone } = await import('../action/act.js');
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
    const { leaveAlone } = await import('../action/act.js');
    const ledger = leaveAlone(plan(first, errand.wish));
    return { ok: true, examination: first, reset: withoutTrace(first, ledger) };
  }
  const action = await import('../action/act.js');
  const begun = await beginUnderLock(family, rootPath, look, errand);
  if (!begun.ok) return begun;
  const { locks, examination, held } = begun;
  try {
    const ledger = await retireHeld(held, errand);
    const { facts } = examination;
    const readAgain = (): RootEvidence => readRootAgain(facts);
    const cleared = await action.clearStaleStateFile(family, rootPath, readAgain, facts.observer);
    const lock = await action.takeStartLock(family, rootPath, 0);
    if (lock.kind === 'held') {
      const after = await gatherFacts(family, rootPath, 'procfs', 'ours');
      if (lock.lock.isHeld()) action.clearStaleRecords(after);
      lock.lock.release();
    }
    return { ok: true, examination, reset: { ledger, cleared, root: readAgain() } };
  } finally {
    locks.release();
  }
}

type BegunReset =
  | {
      readonly ok: true;
      readonly locks: Extract<ResetLocks, { ok: true }>;
      readonly examination: Examination;
      readonly held: HeldPlan;
    }
  | { readonly ok: false; readonly message: string; readonly nextStep: string };

/** Looks and takes hold under the lock of starts, which is let go after; the lock of sweeps is kept. */
async function beginUnderLock(
  family: Family,
  rootPath: string,
  look: () => Promise<Examination>,
  errand: Errand,
): Promise<BegunReset> {
  const { takeResetLocks, TRIES_UNDER_LOCK } = await import('../action/act.js');
  for (let tries = 0; tries < TRIES_UNDER_LOCK; tries++) {
    const locks = await takeResetLocks(family, rootPath);
    if (!locks.ok) return locks;
    let hasBegun = false;
    try {
      const examination = await look();
      const held = await takeHold(examination, errand.wish);
      hasBegun = locks.start.isHeld();
      if (hasBegun) return { ok: true, locks, examination, held };
      letGo(held);
    } finally {
      if (hasBegun) locks.start.release();
      else locks.release();
    }
  }
  return TOO_SLOW;
}

/** By then somebody may have started a daemon, which was not seen. */
const TOO_SLOW: BegunReset = {
  ok: false,
  message:
    'to look who listens took longer than 1 s each time, and nobody is kept from starting a daemon for longer: nothing was done',
  nextStep: 'run it again when the machine has less to do',
};

/** A root that is not there, or a project in which no dashboard left anything. */
function isUnused(family: Family, rootPath: string): boolean {
  const { directory, stateFile, records } = lookAtRoot(family, rootPath);
  if (directory.kind === 'missing') return true;
  return family === 'dashboard' && stateFile.kind === 'absent' && records.length === 0;
}

function withoutTrace({ facts }: Examination, ledger: Ledger): Reset {
  return { ledger, cleared: { kind: 'kept' }, root: facts.root };
}

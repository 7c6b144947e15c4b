import { mayBeLive } from './enforcement/guard.js';
import { openJournal } from './enforcement/journal.js';
import { type ResetLocks, takeResetLocks, takeStartLock, TRIES_UNDER_LOCK } from './enforcement/locks.js';
import { isStop, planFor, RESET_CLASSES, selectForReset, type TargetSelection } from './enforcement/plan.js';
import type { Asking, Revalidation } from './enforcement/retire.js';
import { clearStaleRecords, clearStaleStateFile } from './enforcement/stale-files.js';
import { withoutStarting } from './enforcement/starting-elsewhere.js';
import {
  entriesWithoutAction,
  type OnProgress,
  type OpenedTarget,
  openTargets,
  sweep,
} from './enforcement/sweep.js';
import { examine, type JudgedScan, readRootNow } from './examine.js';
import { identifyListener } from './identity/identify.js';
import type { Machine, Observer } from './machine/machine.js';
import type { JudgedCandidate } from './model/candidate.js';
import type { Suspension } from './model/evidence.js';
import type { Family } from './model/family.js';
import type { ClearedStateFile, HandleSupport, Plan, ResetResult } from './model/outcome.js';
import { type CollectorName, type RootEvidence, type Scan } from './model/scan.js';
import type { PolicyHandle } from './model/verdict.js';
import { isCertified } from './policy/certificate.js';
import { readRootAgain, revalidateListener } from './scan/revalidate.js';
import { scanListeners } from './scan/scan.js';

export interface Reset {
  readonly ledger: ResetResult;
  readonly cleared: ClearedStateFile;
  /** Our root, as it was after. */
  readonly root: RootEvidence;
}

export type ResetOutcome =
  | { readonly ok: true; readonly examination: JudgedScan; readonly reset: Reset }
  | { readonly ok: false; readonly message: string; readonly nextStep: string };

/**
 * Acts only on what `procfs` saw. Through any other collector the envelope refuses every target, so nothing is locked,
 * written or held: the ledger says of each why it was left alone.
 */
export async function reset(
  machine: Machine,
  rootPath: string,
  policy: PolicyHandle,
  collector: CollectorName,
  errand: CleanupRequest,
): Promise<ResetOutcome> {
  if (collector === 'procfs') {
    if (!isCertified(await policy.compiled())) return NOT_CERTIFIED;
    return resetFromKernel(
      machine,
      'sync',
      rootPath,
      () => examine(machine.observer, rootPath, policy, 'procfs'),
      errand,
    );
  }
  const examination = await examine(machine.observer, rootPath, policy, collector);
  const ledger = entriesWithoutAction(machine, plan(examination, errand.wish));
  return { ok: true, examination, reset: withoutTrace(examination, ledger) };
}

/**
 * Examines, plans and takes hold under the lock that every start of a daemon takes; then lets starts go on, and retires
 * the targets.
 */
export async function resetFromKernel(
  machine: Machine,
  family: Family,
  rootPath: string,
  look: () => Promise<JudgedScan>,
  errand: CleanupRequest,
): Promise<ResetOutcome> {
  const first = isUnused(machine.observer, family, rootPath)
    ? await lookUntilAnswered(machine.observer, look, errand.wish)
    : null;
  // With nobody to act on there is nothing to write down either, and no reason to make a folder for it.
  if (first && plan(first, errand.wish).targets.length === 0) {
    const ledger = entriesWithoutAction(machine, plan(first, errand.wish));
    return { ok: true, examination: first, reset: withoutTrace(first, ledger) };
  }
  let begun = await beginUnderLock(machine, family, rootPath, look, errand);
  if (begun.ok && isAnswerMissing(begun.held.plan)) {
    closePlan(begun.held);
    begun.locks.release();
    await lookUntilAnswered(machine.observer, look, errand.wish);
    begun = await beginUnderLock(machine, family, rootPath, look, errand);
  }
  if (!begun.ok) return begun;
  const { locks, examination, held } = begun;
  try {
    const ledger = await retireTargets(machine, held, errand);
    const { facts } = examination;
    const readAgain = (): RootEvidence => readRootAgain(machine.observer, facts);
    const cleared = await clearStaleStateFile(machine, family, rootPath, readAgain, facts.context);
    const lock = await takeStartLock(machine, family, rootPath, 0);
    if (lock.kind === 'held') {
      const after = await scanListeners(machine.observer, family, rootPath, 'procfs', 'ours');
      if (lock.lock.isHeld()) clearStaleRecords(machine, after);
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
      readonly examination: JudgedScan;
      readonly held: OpenedPlan;
    }
  | { readonly ok: false; readonly message: string; readonly nextStep: string };

/** Looks and takes hold under the lock of starts, which is let go after; the lock of sweeps is kept. */
async function beginUnderLock(
  machine: Machine,
  family: Family,
  rootPath: string,
  look: () => Promise<JudgedScan>,
  errand: CleanupRequest,
): Promise<BegunReset> {
  for (let tries = 0; tries < TRIES_UNDER_LOCK; tries++) {
    const locks = await takeResetLocks(machine, family, rootPath);
    if (!locks.ok) return locks;
    let hasBegun = false;
    try {
      const examination = await look();
      const held = await openPlan(machine, examination, errand.wish);
      hasBegun = locks.start.isHeld();
      if (hasBegun) return { ok: true, locks, examination, held };
      closePlan(held);
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

/** On a busy machine a healthy daemon may need several times as long as one question waits. */
const STOP_PATIENCE_MS = 3000;
const BETWEEN_LOOKS_MS = 100;

/** Looks until each daemon that is to be stopped has answered: without an answer it cannot prove who it is. */
async function lookUntilAnswered(
  observer: Observer,
  look: () => Promise<JudgedScan>,
  wish: TargetSelection,
): Promise<JudgedScan> {
  const end = observer.clock.monotonicMs() + STOP_PATIENCE_MS;
  for (;;) {
    const examination = await look();
    if (!isAnswerMissing(plan(examination, wish)) || observer.clock.monotonicMs() >= end) return examination;
    await observer.clock.sleep(BETWEEN_LOOKS_MS);
  }
}

/** Whether a stop refuses a daemon for its silence. A reset asks a silent one again by itself. */
function isAnswerMissing({ entrypoint, refused }: Plan): boolean {
  return (
    isStop(entrypoint) &&
    refused.some(
      ({ candidate, refusal }) =>
        refusal.reason === 'not_proven' && candidate.evidence.health.kind === 'silent',
    )
  );
}

/** A root that is not there, or a project in which no dashboard left anything. */
function isUnused(observer: Observer, family: Family, rootPath: string): boolean {
  const { directory, stateFile, records } = readRootNow(observer, family, rootPath);
  if (directory.kind === 'missing') return true;
  return family === 'dashboard' && stateFile.kind === 'absent' && records.length === 0;
}

function withoutTrace({ facts }: JudgedScan, ledger: ResetResult): Reset {
  return { ledger, cleared: { kind: 'kept' }, root: facts.root };
}

/** Something that is to be cleaned, and who asked. */
export interface CleanupRequest {
  readonly wish: TargetSelection;
  /** The words of the command, for the journal. */
  readonly askedBy: string;
  readonly onProgress: OnProgress;
}

/** A plan whose targets are held: nobody can take their place any more. */
export interface OpenedPlan {
  readonly examination: JudgedScan;
  readonly plan: Plan;
  readonly targets: readonly OpenedTarget[];
}

export async function openPlan(
  machine: Machine,
  examination: JudgedScan,
  wish: TargetSelection,
): Promise<OpenedPlan> {
  const wished = plan(examination, wish);
  if (wished.targets.length === 0) return { examination, plan: wished, targets: [] };
  if (!(await mayActOn(examination))) throw new Error(NOT_CERTIFIED.message);
  const settled = await withoutStarting(machine.observer, wished, examination.facts.root);
  return { examination, plan: settled, targets: await openTargets(machine, settled) };
}

/** Lets go of what was held, and does nothing about it. */
export function closePlan({ targets }: OpenedPlan): void {
  for (const { hold } of targets) hold.release();
}

/** Retires what is held, looking again before each step. Call under the sweep's own lock, outside that of a start. */
export async function retireTargets(
  machine: Machine,
  held: OpenedPlan,
  { askedBy, onProgress }: CleanupRequest,
): Promise<ResetResult> {
  const { facts, policy } = held.examination;
  return sweep(machine, held.plan, held.targets, {
    context: facts.context,
    lookAgain: (judged, asking) => revalidate(machine.observer, judged, facts, asking),
    journal: openJournal(machine, facts.family, facts.root.path, askedBy, policy.sha256),
    onProgress,
  });
}

/** Dashboards are judged by code; what a policy allows counts only where it was proved to allow nothing worse. */
async function mayActOn({ facts, policy }: JudgedScan): Promise<boolean> {
  return facts.family === 'dashboard' || isCertified(await policy.compiled());
}

const NOT_CERTIFIED = {
  ok: false,
  message: 'the certificate of the policy is missing, or of another policy: nothing is done under it',
  nextStep: 'install spec-kitty again, or give a policy of your own, which is proved on the spot',
} as const;

/** Facts and identity once more, for one candidate, right before something is done to it. */
async function revalidate(
  observer: Observer,
  judged: JudgedCandidate,
  facts: Scan,
  asking: Asking,
): Promise<Revalidation> {
  const look = await revalidateListener(observer, judged.evidence, facts, asking);
  switch (look.kind) {
    case 'gone':
      return look;
    case 'socket_released':
      return { kind: 'changed', why: 'it no longer holds the socket that it was judged by' };
    case 'unreadable':
      return { kind: 'changed', why: `it cannot be looked at again: ${look.why}` };
    case 'there':
      return { kind: 'there', candidate: identifyListener(look.evidence, look.facts), looks: look.looks };
  }
}

/** What would be done. Pure. */
export function plan({ candidates, facts }: JudgedScan, wish: TargetSelection): Plan {
  return planFor(wish, candidates, facts.context);
}

/** How the processes that a reset would retire can be held; null where there is none. Changes nothing. */
export async function handleSupportFor(
  observer: Observer,
  examination: JudgedScan,
): Promise<HandleSupport | null> {
  const { targets } = plan(examination, selectForReset(RESET_CLASSES));
  return targets.length === 0 ? null : observer.pidfdSupport();
}

/** The daemons that may be live and are silent because something keeps them from running; for the report. */
export function suspendedIn(
  observer: Observer,
  { candidates }: JudgedScan,
): ReadonlyMap<JudgedCandidate, Suspension> {
  return new Map(
    candidates.flatMap((candidate) => {
      const { health, holder } = candidate.evidence;
      if (health.kind !== 'silent' || holder.kind !== 'known' || !mayBeLive(candidate)) return [];
      const activity = observer.processes.activity(holder.process.pid);
      const suspension = activity.ok ? activity.value.suspension : null;
      return suspension === null ? [] : [[candidate, suspension] as const];
    }),
  );
}

import { mayBeLive } from './enforcement/guard.js';
import { openJournal } from './enforcement/journal.js';
import { type ResetLocks, takeResetLocks, takeStartLock, TRIES_UNDER_LOCK } from './enforcement/locks.js';
import { planFor, RESET_CLASSES, selectForReset, type TargetSelection } from './enforcement/plan.js';
import type { HealthProbeMode, Revalidation } from './enforcement/retire.js';
import { clearStaleRecords, clearStaleStateFile } from './enforcement/stale-files.js';
import { excludeStartingDaemons } from './enforcement/starting-elsewhere.js';
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
  readonly result: ResetResult;
  readonly cleared: ClearedStateFile;
  /** Our root, as it was after. */
  readonly root: RootEvidence;
}

export type ResetOutcome =
  | { readonly ok: true; readonly judged: JudgedScan; readonly reset: Reset }
  | { readonly ok: false; readonly message: string; readonly remedy: string };

/**
 * Acts only on what `procfs` saw. Through any other collector the envelope refuses every target, so nothing is locked,
 * written or held: the ledger says of each why it was left alone.
 */
export async function reset(
  machine: Machine,
  rootPath: string,
  policy: PolicyHandle,
  collector: CollectorName,
  request: CleanupRequest,
): Promise<ResetOutcome> {
  if (collector === 'procfs') {
    if (!isCertified(await policy.compiled())) return NOT_CERTIFIED;
    return resetFromKernel(
      machine,
      'sync',
      rootPath,
      () => examine(machine.observer, rootPath, policy, 'procfs'),
      request,
    );
  }
  const judged = await examine(machine.observer, rootPath, policy, collector);
  const result = entriesWithoutAction(machine, plan(judged, request.selection));
  return { ok: true, judged, reset: resetWithoutActs(judged, result) };
}

/**
 * Examines, plans and takes hold under the lock that every start of a daemon takes; then lets starts go on, and retires
 * the targets.
 */
export async function resetFromKernel(
  machine: Machine,
  family: Family,
  rootPath: string,
  judge: () => Promise<JudgedScan>,
  request: CleanupRequest,
): Promise<ResetOutcome> {
  const first = isUnused(machine.observer, family, rootPath) ? await judge() : null;
  // With nobody to act on there is nothing to write down either, and no reason to make a folder for it.
  if (first && plan(first, request.selection).targets.length === 0) {
    const result = entriesWithoutAction(machine, plan(first, request.selection));
    return { ok: true, judged: first, reset: resetWithoutActs(first, result) };
  }
  const begun = await openUnderLock(machine, family, rootPath, judge, request);
  if (!begun.ok) return begun;
  const { locks, judged, opened } = begun;
  try {
    const result = await retireTargets(machine, opened, request);
    const { scan } = judged;
    const readAgain = (): RootEvidence => readRootAgain(machine.observer, scan);
    const cleared = await clearStaleStateFile(machine, family, rootPath, readAgain, scan.context);
    const lock = await takeStartLock(machine, family, rootPath, 0);
    if (lock.kind === 'held') {
      const after = await scanListeners(machine.observer, family, rootPath, 'procfs', 'ours');
      if (lock.lock.isHeld()) clearStaleRecords(machine, after);
      lock.lock.release();
    }
    return { ok: true, judged, reset: { result, cleared, root: readAgain() } };
  } finally {
    locks.release();
  }
}

type OpenedReset =
  | {
      readonly ok: true;
      readonly locks: Extract<ResetLocks, { ok: true }>;
      readonly judged: JudgedScan;
      readonly opened: OpenedPlan;
    }
  | { readonly ok: false; readonly message: string; readonly remedy: string };

/** Looks and takes hold under the lock of starts, which is let go after; the lock of sweeps is kept. */
async function openUnderLock(
  machine: Machine,
  family: Family,
  rootPath: string,
  judge: () => Promise<JudgedScan>,
  request: CleanupRequest,
): Promise<OpenedReset> {
  for (let tries = 0; tries < TRIES_UNDER_LOCK; tries++) {
    const locks = await takeResetLocks(machine, family, rootPath);
    if (!locks.ok) return locks;
    let hasBegun = false;
    try {
      const judged = await judge();
      const opened = await openPlan(machine, judged, request.selection);
      hasBegun = locks.start.isHeld();
      if (hasBegun) return { ok: true, locks, judged, opened };
      closePlan(opened);
    } finally {
      if (hasBegun) locks.start.release();
      else locks.release();
    }
  }
  return TOO_SLOW;
}

/** By then somebody may have started a daemon, which was not seen. */
const TOO_SLOW: OpenedReset = {
  ok: false,
  message:
    'to look who listens took longer than 1 s each time, and nobody is kept from starting a daemon for longer: nothing was done',
  remedy: 'run it again when the machine has less to do',
};

/** A root that is not there, or a project in which no dashboard left anything. */
function isUnused(observer: Observer, family: Family, rootPath: string): boolean {
  const { directory, stateFile, records } = readRootNow(observer, family, rootPath);
  if (directory.kind === 'missing') return true;
  return family === 'dashboard' && stateFile.kind === 'absent' && records.length === 0;
}

function resetWithoutActs({ scan }: JudgedScan, result: ResetResult): Reset {
  return { result, cleared: { kind: 'kept' }, root: scan.root };
}

/** Something that is to be cleaned, and who asked. */
export interface CleanupRequest {
  readonly selection: TargetSelection;
  /** The words of the command, for the journal. */
  readonly askedBy: string;
  readonly onProgress: OnProgress;
}

/** A plan whose targets are held: nobody can take their place any more. */
export interface OpenedPlan {
  readonly judged: JudgedScan;
  readonly plan: Plan;
  readonly targets: readonly OpenedTarget[];
}

export async function openPlan(
  machine: Machine,
  judged: JudgedScan,
  selection: TargetSelection,
): Promise<OpenedPlan> {
  const wished = plan(judged, selection);
  if (wished.targets.length === 0) return { judged, plan: wished, targets: [] };
  if (!(await mayActOn(judged))) throw new Error(NOT_CERTIFIED.message);
  const settled = await excludeStartingDaemons(machine.observer, wished, judged.scan.root);
  return { judged, plan: settled, targets: await openTargets(machine, settled) };
}

/** Lets go of what was held, and does nothing about it. */
export function closePlan({ targets }: OpenedPlan): void {
  for (const { handle } of targets) handle.close();
}

/** Retires what is held, looking again before each step. Call under the sweep's own lock, outside that of a start. */
export async function retireTargets(
  machine: Machine,
  opened: OpenedPlan,
  { askedBy, onProgress }: CleanupRequest,
): Promise<ResetResult> {
  const { scan, policy } = opened.judged;
  return sweep(machine, opened.plan, opened.targets, {
    context: scan.context,
    revalidate: (judged, probeMode) => revalidate(machine.observer, judged, scan, probeMode),
    journal: openJournal(machine, scan.family, scan.root.path, askedBy, policy.sha256),
    onProgress,
  });
}

/** Dashboards are judged by code; what a policy allows counts only where it was proved to allow nothing worse. */
async function mayActOn({ scan, policy }: JudgedScan): Promise<boolean> {
  return scan.family === 'dashboard' || isCertified(await policy.compiled());
}

const NOT_CERTIFIED = {
  ok: false,
  message: 'the certificate of the policy is missing, or of another policy: nothing is done under it',
  remedy: 'install spec-kitty again, or give a policy of your own, which is proved on the spot',
} as const;

/** Facts and identity once more, for one candidate, right before something is done to it. */
async function revalidate(
  observer: Observer,
  judged: JudgedCandidate,
  facts: Scan,
  probeMode: HealthProbeMode,
): Promise<Revalidation> {
  const look = await revalidateListener(observer, judged.evidence, facts, probeMode);
  switch (look.kind) {
    case 'gone':
      return look;
    case 'socket_released':
      return { kind: 'changed', detail: 'it no longer holds the socket that it was judged by' };
    case 'unreadable':
      return { kind: 'changed', detail: `it cannot be looked at again: ${look.why}` };
    case 'present':
      return {
        kind: 'present',
        candidate: identifyListener(look.evidence, look.scan),
        samples: look.samples,
      };
  }
}

/** What would be done. Pure. */
export function plan({ candidates, scan }: JudgedScan, selection: TargetSelection): Plan {
  return planFor(selection, candidates, scan.context);
}

/** How the processes that a reset would retire can be held; null where there is none. Changes nothing. */
export async function handleSupportFor(
  observer: Observer,
  judged: JudgedScan,
): Promise<HandleSupport | null> {
  const { targets } = plan(judged, selectForReset(RESET_CLASSES));
  return targets.length === 0 ? null : observer.pidfdSupport();
}

/** The daemons that may be live and are silent because something keeps them from running; for the report. */
export function suspendedDaemons(
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

import {
  type CleanupRequest,
  type CleanupScope,
  NOT_CERTIFIED,
  planOf,
  requestFor,
  retireTargets,
} from './enforce.js';
import { UNINTERRUPTED, unlessInterrupted } from './enforcement/interruption.js';
import { mayBeLive } from './enforcement/guard.js';
import { attemptUnderLock, lockExpired, takeResetLocks, takeStartLock } from './enforcement/locks.js';
import { RESET_CLASSES, selectForReset, stopsLiveDaemons, type TargetSelection } from './enforcement/plan.js';
import { explainRoot } from './enforcement/root-problem.js';
import { clearStaleRecords, clearStaleStateFile } from './enforcement/stale-files.js';
import { entriesWithoutAction } from './enforcement/sweep.js';
import { during, scanWait } from './enforcement/waits.js';
import { examine, type IdentifiedScan, type JudgedScan, readRootNow, scanOwnListeners } from './examine.js';
import type { Machine, Observer } from './machine/machine.js';
import type { JudgedCandidate } from './model/candidate.js';
import { attestedBy, attestsAll } from './model/capabilities.js';
import type { Suspension } from './model/evidence.js';
import type { Family } from './model/family.js';
import type { ClearedStateFile, FailureCauses, HandleSupport, ResetResult } from './model/outcome.js';
import type { CollectorName, RootEvidence } from './model/scan.js';
import type { PolicyHandle } from './model/verdict.js';
import { isCertified } from './policy/certificate.js';
import { readRootAgain } from './scan/revalidate.js';
import { findPossibleDaemon } from './scan/running-daemon.js';
import { scanListeners } from './scan/scan.js';

export type ResetOutcome =
  | { readonly ok: true; readonly judged: JudgedScan; readonly reset: Reset }
  | { readonly ok: false; readonly message: string; readonly remedy: string; readonly isInterrupted?: true };

/** The user interrupted a reset or a stop before it did anything. */
export const INTERRUPTED = {
  ok: false,
  message: 'interrupted: nothing was done',
  remedy: 'run this command again when you want to',
  isInterrupted: true,
} as const;

export interface Reset {
  readonly result: ResetResult;
  /** Whether the user interrupted it, by Ctrl-C. */
  readonly isInterrupted: boolean;
  readonly cleared: ClearedStateFile;
  /** A scan of our own listeners and root after the reset, which may have taken a minute. */
  readonly after: IdentifiedScan;
}

/** What is known under the locks. */
type ResetUnderLocks =
  | Exclude<ResetOutcome, { ok: true }>
  | { readonly ok: true; readonly judged: JudgedScan; readonly reset: Omit<Reset, 'after'> };

/**
 * `auth doctor --reset` and `sync stop`: examines the sync daemons and retires the selected ones (FR-004, FR-005).
 * Retires daemons only after a scan by a collector that attests everything which a proof needs, and only where this
 * program acts. Otherwise the guard refuses every candidate, so nothing is locked or written, and the result has the refusal of each candidate.
 */
export async function reset(
  machine: Machine,
  root: string,
  policy: PolicyHandle,
  collector: CollectorName,
  request: CleanupRequest,
): Promise<ResetOutcome> {
  const scope: CleanupScope = {
    family: 'sync',
    root,
    examine: () => examine(machine.observer, root, policy, collector),
  };
  if (!attestsAll(attestedBy(collector)) || machine.observer.notActing !== undefined)
    return resultWithoutAction(await scope.examine(), request);
  if (!isCertified(await policy.compiled())) return NOT_CERTIFIED;
  return resetDaemons(machine, scope, request);
}

/** Resets the daemons of either family. For sync, the caller has checked the certificate of the policy. */
export async function resetDaemons(
  machine: Machine,
  given: CleanupScope,
  request: CleanupRequest,
): Promise<ResetOutcome> {
  const scope = { ...given, examine: () => during(machine, scanWait(given.family), given.examine()) };
  const { interruption = UNINTERRUPTED } = request;
  if (stopsLiveDaemons(request.selection.entrypoint)) {
    const answers = awaitAnswers(machine.observer, given, request.selection);
    await during(machine, ANSWER_WAIT, unlessInterrupted(interruption, answers));
  }
  if (interruption.isRequested()) return INTERRUPTED;
  if (isUnused(machine.observer, scope)) {
    const judged = await unlessInterrupted(interruption, scope.examine());
    if (judged === null) return INTERRUPTED;
    const limited = requestFor(judged, request);
    // Returns before locks and journal create files in a root that nothing uses.
    if (!limited.ok || planOf(judged, limited.request.selection).targets.length === 0)
      return resultWithoutAction(judged, request);
  }
  const outcome = await attemptUnderLock(machine.observer, (keepMs) =>
    resetUnderLocks(machine, scope, request, keepMs),
  );
  if (outcome?.ok) {
    const { family, root } = scope;
    const scanning = scanOwnListeners(machine.observer, family, root);
    const after = await during(machine, scanWait(family), scanning);
    return { ...outcome, reset: { ...outcome.reset, after } };
  }
  if (outcome !== null) return outcome;
  const { why, remedy } = lockExpired(machine.observer);
  return { ok: false, message: `${why}: nothing was done`, remedy };
}

/**
 * Resets the daemons of a scope under the sweep lock and the start lock.
 * @returns null if the start lock expired before all handles were open, because a daemon may have started since the
 *   scan
 */
async function resetUnderLocks(
  machine: Machine,
  scope: CleanupScope,
  request: CleanupRequest,
  keepMs: number,
): Promise<ResetUnderLocks | null> {
  const { family, root } = scope;
  const locks = await takeResetLocks(machine, family, root, keepMs);
  if (!locks.ok) return locks;
  try {
    const { interruption = UNINTERRUPTED } = request;
    const judged = await unlessInterrupted(interruption, scope.examine());
    if (judged === null) return INTERRUPTED;
    const limited = requestFor(judged, request);
    if (!limited.ok) return limited;
    const result = await retireTargets(machine, judged, limited.request, locks.start);
    if (result === null) return null;
    const { scan } = judged;
    const readAgain = (): Promise<RootEvidence> => readRootAgain(machine.observer, scan);
    const mayRun = async (now: RootEvidence): Promise<boolean> =>
      (await findPossibleDaemon(machine.observer, family, now)) !== null;
    if (interruption.isRequested())
      return { ok: true, judged, reset: { result, isInterrupted: true, cleared: { kind: 'kept' } } };
    const cleared = await clearStaleStateFile(machine, family, root, readAgain, mayRun, scan.context);
    await clearRecords(machine, family, root);
    return { ok: true, judged, reset: { result, isInterrupted: false, cleared } };
  } finally {
    locks.release();
  }
}

/**
 * How long a stop waits for answers: on a busy machine a healthy daemon may need several times the deadline of one
 * health request.
 */
const ANSWER_TIMEOUT_MS = 3000;
const ANSWER_WAIT = { doing: 'waiting for the daemon to answer', atMostMs: ANSWER_TIMEOUT_MS };
const BETWEEN_SCANS_MS = 100;

/**
 * Scans before a stop until each daemon to be stopped has answered or the time-out is over, because a silent daemon
 * cannot prove its identity. Not called for a reset, because `retire` probes a silent daemon again.
 */
async function awaitAnswers(
  { clock }: Observer,
  { examine }: CleanupScope,
  selection: TargetSelection,
): Promise<void> {
  const end = clock.monotonicMs() + ANSWER_TIMEOUT_MS;
  const isAnswerMissing = async (): Promise<boolean> =>
    planOf(await examine(), selection).refused.some(
      ({ candidate, refusal }) =>
        refusal.reason === 'not_proven' && candidate.evidence.health.kind === 'silent',
    );
  while ((await isAnswerMissing()) && clock.monotonicMs() < end) await clock.sleep(BETWEEN_SCANS_MS);
}

/** Removes the identity records of daemons that are gone, judged by a new scan under the start lock. */
async function clearRecords(machine: Machine, family: Family, root: string): Promise<void> {
  const lock = await takeStartLock(machine, family, root, 0);
  if (lock.kind !== 'held') return;
  try {
    const after = await during(
      machine,
      scanWait(family),
      scanListeners(machine.observer, family, root, machine.observer.platform.exactCollector, 'ours'),
    );
    if (lock.lock.isHeld()) await clearStaleRecords(machine, after);
  } finally {
    lock.lock.release();
  }
}

/** Whether nothing uses a root: it does not exist or, for dashboards, has no state file and no identity record. */
function isUnused(observer: Observer, { family, root }: CleanupScope): boolean {
  const { directory, stateFile, records } = readRootNow(observer, family, root);
  if (directory.kind === 'missing') return true;
  return family === 'dashboard' && stateFile.kind === 'absent' && records.length === 0;
}

function resultWithoutAction(judged: JudgedScan, request: CleanupRequest): ResetOutcome {
  const limited = requestFor(judged, request);
  if (!limited.ok) return limited;
  const result = entriesWithoutAction(planOf(judged, limited.request.selection));
  const reset = { result, isInterrupted: false, cleared: { kind: 'kept' }, after: judged } as const;
  return { ok: true, judged, reset };
}

/**
 * Reads whether the processes that a reset would retire can be opened by pidfd. Read-only.
 * @returns null if a reset would retire none
 */
export async function handleSupportFor(
  observer: Observer,
  judged: JudgedScan,
): Promise<HandleSupport | null> {
  const { targets } = planOf(judged, selectForReset(RESET_CLASSES));
  return targets.length === 0 ? null : observer.pidfdSupport();
}

/**
 * Finds why the failed entries of a reset or stop failed, where their reasons leave that open, and which file of the
 * root could not be read. Read-only.
 * @param reset null if nothing was reset
 */
export async function failureCauses(
  observer: Observer,
  { scan }: JudgedScan,
  reset: Reset | null,
): Promise<FailureCauses> {
  const failed = (reset?.result ?? []).filter(({ outcome }) => outcome.bucket !== 'swept');
  const hasReason = (wanted: string): boolean =>
    failed.some(({ outcome }) => 'reason' in outcome && outcome.reason === wanted);
  const root = reset?.after.scan.root ?? scan.root;
  const isFileInTheWay = isUnreadable(root) || hasReason('journal_unwritable');
  return {
    rootProblem: isFileInTheWay ? explainRoot(observer, scan.family, root.path) : null,
    handleSupport: hasReason('cannot_hold') ? await observer.pidfdSupport() : null,
    stillSuspended: suspended(
      observer,
      failed.map(({ candidate }) => candidate),
    ),
  };
}

function isUnreadable({ directory, stateFile, records }: RootEvidence): boolean {
  return (
    directory.kind === 'unreadable' ||
    stateFile.kind === 'unreadable' ||
    records.some(({ kind }) => kind === 'unusable')
  );
}

/**
 * Finds silent daemons that may be live and whose process is suspended: by SIGSTOP, a tracer or a frozen control group.
 * Read-only.
 */
export function suspendedDaemons(
  observer: Observer,
  { candidates }: JudgedScan,
): ReadonlyMap<JudgedCandidate, Suspension> {
  return suspended(
    observer,
    candidates.filter((candidate) => candidate.evidence.health.kind === 'silent' && mayBeLive(candidate)),
  );
}

function suspended(
  observer: Observer,
  candidates: readonly JudgedCandidate[],
): ReadonlyMap<JudgedCandidate, Suspension> {
  return new Map(
    candidates.flatMap((candidate) => {
      const { holder } = candidate.evidence;
      if (holder.kind !== 'known') return [];
      const activity = observer.processes.activity(holder.process.pid);
      const suspension = activity.ok ? activity.value.suspension : null;
      return suspension === null ? [] : [[candidate, suspension] as const];
    }),
  );
}

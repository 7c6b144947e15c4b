import { type CleanupScope, planOf, retireTargets } from '../enforce.js';
import {
  attemptUnderLock,
  LOCK_MS,
  lockExpired,
  takeStartLock,
  takeSweepLock,
} from '../enforcement/locks.js';
import type { TargetSelection } from '../enforcement/plan.js';
import { clearStaleRecords } from '../enforcement/stale-files.js';
import { during, scanWait } from '../enforcement/waits.js';
import type { IdentifiedScan, JudgedScan } from '../examine.js';
import type { Machine } from '../machine/machine.js';
import type { IdentifiedCandidate } from '../model/candidate.js';
import { blocksOurPort, freePorts, PORT_RANGES } from '../model/family.js';
import type { ResetEntry, ResetResult } from '../model/outcome.js';
import { PACKAGE_VERSION } from '../model/product.js';
import { CONFIRM_MS, confirmDaemon } from './confirm.js';
import { type Decision, isUnresponsive } from './decision.js';
import type { LeaveReason, ReadyDaemon, StartFailure } from './outcome.js';
import { startDaemon, type StartedDaemon } from './start.js';

/** How one family ensures its daemon. */
export interface EnsureRequest extends CleanupScope {
  /** Which daemons a start may retire. */
  readonly selection: TargetSelection;
  /** The words of the command, for the journal. */
  readonly askedBy: string;
  /** Decides what a start does about the one daemon of the root. Pure. */
  readonly decide: (scan: IdentifiedScan) => Decision;
}

/** The daemon of the root, or the reason why none is usable; with the last scan and the result of the cleanup. */
export type EnsuredDaemon = (
  | {
      readonly kind: 'ready';
      readonly daemon: ReadyDaemon;
      /** Null if the scan after the start did not find the new daemon. */
      readonly candidate: IdentifiedCandidate | null;
    }
  | {
      readonly kind: 'degraded';
      readonly reason: LeaveReason | StartFailure;
      readonly detail: string;
      /** Set if `reason` alone does not determine the remedy. */
      readonly remedy?: string | undefined;
    }
) & { readonly judged: JudgedScan; readonly result: ResetResult };

/**
 * Ensures that a root has exactly one healthy daemon. Retires only daemons that are proven to be ours and stale
 * (FR-006, FR-007). Writes nothing if no daemon is to be started and none is to be retired.
 * @param scanned a scan made without the start lock; it decides whether that lock is needed
 */
export async function ensureDaemon(
  machine: Machine,
  given: EnsureRequest,
  scanned: JudgedScan,
): Promise<EnsuredDaemon> {
  const request = { ...given, examine: () => during(machine, scanWait(given.family), given.examine()) };
  const wasUnresponsive = isUnresponsive(request.decide(scanned));
  const judged = wasUnresponsive ? await request.examine() : scanned;
  const before = request.decide(judged);
  const hasTargets = planOf(judged, request.selection).targets.length > 0;
  const unchanged = { judged, decision: before, started: null, result: [] };
  if (before.kind !== 'start' && !hasTargets) return toEnsuredDaemon(request, unchanged);

  const first = await startAndClean(machine, request, before);
  if (first.kind === 'impossible')
    return { kind: 'degraded', reason: 'root_unusable', detail: first.why, judged, result: [] };
  if (first.kind === 'busy') {
    if (before.kind !== 'start') {
      // While this waited for the lock, the daemon may have ended: what is reported comes from a later look.
      const later = await request.examine();
      const decision = request.decide(later);
      if (decision.kind !== 'start')
        return toEnsuredDaemon(request, { ...unchanged, judged: later, decision });
    }
    const { why: detail, remedy } = first;
    return { kind: 'degraded', reason: 'start_lock_busy', detail, remedy, judged, result: [] };
  }
  if (first.started?.kind === 'range_full' && first.result.some(isSwept)) {
    // The sweep has freed a port.
    const second = await startAndClean(machine, request, before);
    return toEnsuredDaemon(request, second.kind === 'done' ? withEarlierResult(second, first.result) : first);
  }
  return toEnsuredDaemon(request, wasUnresponsive ? first : await probeOnceMore(request, first));
}

/** Adds the entries of an earlier attempt, except those of processes for which the later attempt has an entry. */
function withEarlierResult(attempt: Attempt, earlier: ResetResult): Attempt {
  const pids = new Set(attempt.result.map(({ candidate }) => candidate.identity.pid));
  const kept = earlier.filter(({ candidate }) => !pids.has(candidate.identity.pid));
  return { ...attempt, result: [...kept, ...attempt.result] };
}

/** Scans once more, without the lock, if the recorded daemon did not answer: it may have just started and be busy. */
async function probeOnceMore({ examine, decide }: EnsureRequest, attempt: Attempt): Promise<Attempt> {
  if (!isUnresponsive(attempt.decision)) return attempt;
  const judged = await examine();
  const decision = decide(judged);
  // This scan was made without the start lock, so only a `reuse` may follow from it: a start is decided under the lock.
  return decision.kind === 'reuse' ? { ...attempt, judged, decision } : attempt;
}

/** What one attempt under the start lock did. */
interface Attempt {
  readonly judged: JudgedScan;
  readonly decision: Decision;
  readonly started: StartedDaemon | null;
  readonly result: ResetResult;
}

function toEnsuredDaemon(
  { family }: EnsureRequest,
  { judged, decision, started, result }: Attempt,
): EnsuredDaemon {
  const seen = { judged, result };
  switch (started?.kind) {
    case undefined:
      break;
    case 'started': {
      const { pid, port } = started;
      const daemon = {
        how: 'started',
        pid,
        port,
        generation: 'own',
        package_version: PACKAGE_VERSION,
      } as const;
      const candidate =
        judged.candidates.find(({ identity }) => identity.pid === pid && identity.port === port) ?? null;
      return { kind: 'ready', daemon, candidate, ...seen };
    }
    case 'range_full': {
      const { first, end } = PORT_RANGES[family];
      const detail = `all ${end - first} ${family} ports are taken`;
      return { kind: 'degraded', reason: 'range_full', detail, ...seen };
    }
    case 'failed':
      return {
        kind: 'degraded',
        reason: 'start_failed',
        detail: started.why,
        remedy: started.remedy,
        ...seen,
      };
  }
  switch (decision.kind) {
    case 'reuse': {
      const { daemon: candidate } = decision;
      return { kind: 'ready', daemon: reusedDaemon(candidate), candidate, ...seen };
    }
    case 'leave':
      return { kind: 'degraded', reason: decision.reason, detail: decision.detail, ...seen };
    case 'start':
      throw new Error('the decision was to start a daemon, and no start was attempted');
  }
}

function isSwept({ outcome }: ResetEntry): boolean {
  return outcome.bucket === 'swept';
}

/** Describes a reused daemon for the outcome. */
export function reusedDaemon({ identity, shape }: IdentifiedCandidate): ReadyDaemon {
  return {
    how: 'reused',
    // A daemon is reused only if its process is known.
    pid: identity.pid ?? 0,
    port: identity.port,
    generation: shape?.generation === 'own' ? 'own' : 'python',
    package_version: identity.packageVersion,
  };
}

type AttemptResult =
  | ({ readonly kind: 'done' } & Attempt)
  | { readonly kind: 'busy'; readonly why: string; readonly remedy?: string }
  | { readonly kind: 'impossible'; readonly why: string };

/**
 * Scans again under the start lock, starts a daemon if this scan still requires one, and opens handles on the orphans.
 * The orphans are retired after the lock is released, so that no other start waits for a sweep.
 * @param before the decision made without the lock; only a `start` waits long for the lock
 */
export async function startAndClean(
  machine: Machine,
  request: EnsureRequest,
  before: Decision,
): Promise<AttemptResult> {
  const result = await attemptUnderLock(machine.observer, (keepMs) =>
    startAndCleanUnderLock(machine, request, before, keepMs),
  );
  return result ?? { kind: 'busy', ...lockExpired(machine.observer) };
}

/** How long a start waits for the start lock. Released programs wait equally long. */
const START_LOCK_MS = 10_000;

/** Makes one attempt of `startAndClean`. @returns null if the start lock expired before all handles were open */
async function startAndCleanUnderLock(
  machine: Machine,
  request: EnsureRequest,
  before: Decision,
  keepMs: number,
): Promise<AttemptResult | null> {
  const { family, root, selection, askedBy, examine, decide } = request;
  const waitMs = before.kind === 'start' ? START_LOCK_MS : LOCK_MS;
  const taken = await takeStartLock(machine, family, root, waitMs, keepMs);
  if (taken.kind === 'impossible') return taken;
  if (taken.kind === 'busy')
    return { kind: 'busy', why: `another process has been starting a daemon for ${START_LOCK_MS / 1000} s` };
  const { lock } = taken;
  let sweepLock;
  try {
    let judged = await examine();
    if (!lock.isHeld()) return null;
    const decision = decide(judged);
    const started =
      decision.kind === 'start'
        ? await startDaemon(machine, {
            family,
            root,
            ports: freePorts(family, takenPorts(judged)),
            lock: lock.handOver(),
            environment: machine.observer.self.environment,
          })
        : null;
    const confirmed =
      started?.kind === 'started'
        ? await during(
            machine,
            { doing: 'looking for the new daemon on', port: started.port, atMostMs: CONFIRM_MS },
            confirmDaemon(machine.observer, request, started, lock),
          )
        : null;
    // The daemon that the new one replaced is an orphan now, so this later scan is used.
    judged = confirmed?.judged ?? judged;
    const done = { kind: 'done', judged, decision, started: confirmed?.started ?? started } as const;
    if (!lock.isHeld()) return { ...done, result: [] };
    await clearStaleRecords(machine, judged.scan);
    if (planOf(judged, selection).targets.length === 0) return { ...done, result: [] };
    // If another command has the sweep lock, it retires the same orphans, so this start leaves them alone.
    sweepLock = await takeSweepLock(machine, family, root);
    if (sweepLock.kind !== 'held') return { ...done, result: [] };
    const result = await retireTargets(machine, judged, { selection, askedBy, onProgress: ignore }, lock);
    return result && { ...done, result };
  } finally {
    lock.release();
    if (sweepLock?.kind === 'held') sweepLock.release();
  }
}

function takenPorts({ candidates }: JudgedScan): readonly number[] {
  return candidates
    .filter(({ evidence }) => blocksOurPort(evidence.socket.address))
    .map(({ identity }) => identity.port);
}

function ignore(): void {
  // A start shows no progress: its output belongs to the command that needed the daemon.
}

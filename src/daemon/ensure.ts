import { LOCK_MS, takeStartLock, takeSweepLock, TRIES_UNDER_LOCK } from '../enforcement/locks.js';
import type { TargetSelection } from '../enforcement/plan.js';
import { clearStaleRecords } from '../enforcement/stale-files.js';
import type { IdentifiedScan, JudgedScan } from '../examine.js';
import type { Machine } from '../machine/machine.js';
import type { IdentifiedCandidate } from '../model/candidate.js';
import { type Family, freePorts, blocksOurPort } from '../model/family.js';
import type { ResetResult } from '../model/outcome.js';
import { closePlan, openPlan, plan, retireTargets } from '../reset.js';
import type { LeaveReason } from './outcome.js';
import { startDaemon, type StartedDaemon } from './start.js';

/** How one family starts its daemon, and what it cleans up on the way. */
export interface StartPlan {
  readonly family: Family;
  readonly root: string;
  readonly selection: TargetSelection;
  /** How it names itself in the journal. */
  readonly askedBy: string;
  readonly judge: () => Promise<JudgedScan>;
  readonly decide: (judge: IdentifiedScan) => Decision;
}

/** What an attempt under the lock came to. */
export interface Attempt {
  readonly judged: JudgedScan;
  readonly decision: Decision;
  readonly started: StartedDaemon | null;
  readonly result: ResetResult;
}

type AttemptResult =
  | ({ readonly kind: 'done' } & Attempt)
  | { readonly kind: 'busy'; readonly why: string }
  | { readonly kind: 'impossible'; readonly why: string };

/** Others give up after as long. */
const START_LOCK_MS = 10_000;

/**
 * Under the lock of starts: looks again, starts a daemon where none is, and takes hold of the orphans. They are retired
 * after, so that nobody waits behind a sweep; where another sweep is under way, it has them in hand.
 * @param before what was decided without the lock: only who has a daemon to start waits long for it
 */
export async function startAndClean(
  machine: Machine,
  start: StartPlan,
  before: Decision,
): Promise<AttemptResult> {
  for (let tries = 1; tries < TRIES_UNDER_LOCK; tries++) {
    const tried = await attemptUnderLock(machine, start, before);
    if (tried !== LOCK_EXPIRED) return tried;
  }
  return attemptUnderLock(machine, start, before);
}

async function attemptUnderLock(
  machine: Machine,
  { family, root, selection, askedBy, judge, decide }: StartPlan,
  before: Decision,
): Promise<AttemptResult> {
  const lock = await takeStartLock(machine, family, root, before.kind === 'start' ? START_LOCK_MS : LOCK_MS);
  if (lock.kind === 'impossible') return lock;
  if (lock.kind === 'busy')
    return { kind: 'busy', why: `somebody else has been starting one for ${START_LOCK_MS / 1000} s` };
  let sweepLock;
  try {
    let judged = await judge();
    if (!lock.lock.isHeld()) return LOCK_EXPIRED;
    const decision = decide(judged);
    const started =
      decision.kind === 'start'
        ? await startDaemon(machine, {
            family,
            root,
            ports: freePorts(family, takenPorts(judged)),
            lock: lock.lock.handOver(),
            environment: machine.observer.self.environment,
          })
        : null;
    // The one that was succeeded is an orphan like any other.
    if (started?.kind === 'started') judged = await judge();
    clearStaleRecords(machine, judged.scan);
    const isDirty = plan(judged, selection).targets.length > 0;
    sweepLock = isDirty ? await takeSweepLock(machine, family, root) : null;
    const held = sweepLock?.kind === 'held' ? await openPlan(machine, judged, selection) : null;
    if (held && !lock.lock.isHeld()) {
      closePlan(held);
      return LOCK_EXPIRED;
    }
    lock.lock.release();
    const result = held ? await retireTargets(machine, held, { selection, askedBy, onProgress: ignore }) : [];
    return { kind: 'done', judged, decision, started, result };
  } finally {
    lock.lock.release();
    if (sweepLock?.kind === 'held') sweepLock.release();
  }
}

/** Whoever starts a daemon waits for us, so a look that takes too long under the lock is worth nothing. */
const LOCK_EXPIRED: AttemptResult = {
  kind: 'busy',
  why: `to look who listens took longer than ${LOCK_MS / 1000} s each time, and nobody is kept from starting one for longer`,
};

function takenPorts({ candidates }: JudgedScan): readonly number[] {
  return candidates
    .filter(({ evidence }) => blocksOurPort(evidence.socket.address))
    .map(({ identity }) => identity.port);
}

function ignore(): void {
  // No progress is shown in front of another command.
}

/** What a start is to do about the one daemon of its root. */
export type Decision =
  | { readonly kind: 'reuse'; readonly daemon: IdentifiedCandidate }
  /** Nobody is recorded and there, or an older one of ours is: the new one is recorded in its place. */
  | { readonly kind: 'start' }
  /** Nothing is certain enough to start another daemon beside what is there. */
  | { readonly kind: 'leave'; readonly reason: LeaveReason; readonly detail: string };

export function leave(reason: LeaveReason, detail: string): Decision {
  return { kind: 'leave', reason, detail };
}

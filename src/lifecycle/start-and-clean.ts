import { clearStaleRecords, LOCK_MS, takeStartLock, takeSweepLock, TRIES_UNDER_LOCK } from '../action/act.js';
import type { Wish } from '../action/plan.js';
import { type Family, freePorts, isInOurWay } from '../model/family.js';
import type { Ledger } from '../model/outcome.js';
import type { Examination } from '../pipeline/examine.js';
import { letGo, retireHeld, takeHold } from '../pipeline/hold.js';
import { plan } from '../pipeline/plan.js';
import type { Surroundings } from '../pipeline/look.js';
import type { Decision } from './decision.js';
import { type StartedDaemon, startDaemon } from './start-daemon.js';

/** How one family starts its daemon, and what it cleans up on the way. */
export interface Start {
  readonly family: Family;
  readonly root: string;
  readonly wish: Wish;
  /** How it names itself in the journal. */
  readonly askedBy: string;
  readonly look: () => Promise<Examination>;
  readonly decide: (look: Surroundings) => Decision;
}

/** What an attempt under the lock came to. */
export interface Attempt {
  readonly examination: Examination;
  readonly decision: Decision;
  readonly started: StartedDaemon | null;
  readonly ledger: Ledger;
}

type Tried =
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
export async function startAndClean(start: Start, before: Decision): Promise<Tried> {
  for (let tries = 1; tries < TRIES_UNDER_LOCK; tries++) {
    const tried = await tryUnderLock(start, before);
    if (tried !== LATE) return tried;
  }
  return tryUnderLock(start, before);
}

async function tryUnderLock(
  { family, root, wish, askedBy, look, decide }: Start,
  before: Decision,
): Promise<Tried> {
  const lock = await takeStartLock(family, root, before.kind === 'start' ? START_LOCK_MS : LOCK_MS);
  if (lock.kind === 'impossible') return lock;
  if (lock.kind === 'busy')
    return { kind: 'busy', why: `somebody else has been starting one for ${START_LOCK_MS / 1000} s` };
  let sweepLock;
  try {
    let examination = await look();
    if (!lock.lock.isHeld()) return LATE;
    const decision = decide(examination);
    const started =
      decision.kind === 'start'
        ? await startDaemon({
            family,
            root,
            ports: freePorts(family, takenPorts(examination)),
            lock: lock.lock.handOver(),
            environment: process.env,
          })
        : null;
    // The one that was succeeded is an orphan like any other.
    if (started?.kind === 'started') examination = await look();
    clearStaleRecords(examination.facts);
    const isDirty = plan(examination, wish).targets.length > 0;
    sweepLock = isDirty ? await takeSweepLock(family, root) : null;
    const held = sweepLock?.kind === 'held' ? await takeHold(examination, wish) : null;
    if (held && !lock.lock.isHeld()) {
      letGo(held);
      return LATE;
    }
    lock.lock.release();
    const ledger = held ? await retireHeld(held, { wish, askedBy, onProgress: ignore }) : [];
    return { kind: 'done', examination, decision, started, ledger };
  } finally {
    lock.lock.release();
    if (sweepLock?.kind === 'held') sweepLock.release();
  }
}

/** Whoever starts a daemon waits for us, so a look that takes too long under the lock is worth nothing. */
const LATE: Tried = {
  kind: 'busy',
  why: `to look who listens took longer than ${LOCK_MS / 1000} s each time, and nobody is kept from starting one for longer`,
};

function takenPorts({ candidates }: Examination): readonly number[] {
  return candidates
    .filter(({ evidence }) => isInOurWay(evidence.socket.address))
    .map(({ identity }) => identity.port);
}

function ignore(): void {
  // No progress is shown in front of another command.
}

import { join } from 'node:path';
import { clearStaleRecords, LOCK_MS, requestOf, takeStartLock, takeSweepLock } from '../action/act.js';
import { WISH_AT_STARTUP } from '../action/plan.js';
import type { IdentifiedCandidate } from '../model/candidate.js';
import { PORT_RANGES } from '../model/family.js';
import { ROOT_FILES } from '../model/root-files.js';
import type { EnsureOptions } from '../model/startup.js';
import type { SyncQueue, SyncStartReport } from '../model/sync-report.js';
import type { PolicyHandle } from '../model/verdict.js';
import { type Examination, examine, judge, lookAround, plan, retireHeld, takeHold } from '../pipeline.js';
import { distrustOf } from '../model/root-trust.js';
import { isCertified } from '../policy/certificate.js';
import { openPolicy } from '../policy/open.js';
import { runtimeRoot } from './runtime-root.js';
import { makePrivateFolder } from '../system/write/private-folder.js';
import { decide, type Decision } from './decide.js';
import { type Attempt, conclude, degraded, type Ensured, summary, wasSwept } from './outcome.js';
import { whySkipped } from './skip.js';
import { startDaemon } from './start-daemon.js';

/** Asks the daemon of a start to upload what waits, unless the folder it is asked from has opted out. */
export async function askToDrain(
  daemon: IdentifiedCandidate,
  { idle }: Pick<SyncQueue, 'idle'>,
): Promise<SyncStartReport['drain']> {
  if (idle?.why === 'opted_out') return 'not_asked';
  const answer = await requestOf(daemon, 'sync/trigger');
  return answer?.kind === 'accepted' ? 'requested' : 'refused';
}

/** Whom a start would have to do something about. */
const NOBODY_ELSE = { candidates: [] };
/** Others give up after as long. */
const START_LOCK_MS = 10_000;
/** Startup names itself in the journal so. */
const ASKED_BY = 'startup';

/** The same, with the daemon itself for whoever has something to ask of it. */
export async function ensured(options: EnsureOptions): Promise<Ensured> {
  const { intent, explicit = false } = options;
  try {
    const root = runtimeRoot(process.env);
    if (!root.ok) return degraded(options, 'root_unusable', root.message);
    const skip = whySkipped(root.path, intent, process.env, explicit);
    if (!skip.ok) return degraded(options, 'config_unreadable', skip.why);
    if (skip.value) return { outcome: { kind: 'skipped', ...skip.value }, candidate: null };
    const opened = await openPolicy(null);
    if (!opened.ok) return degraded(options, 'policy_refused', opened.problems[0]?.message ?? '');
    return await ensureIn(root.path, opened.policy, options);
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return degraded(options, 'internal_error', text);
  }
}

async function ensureIn(root: string, policy: PolicyHandle, options: EnsureOptions): Promise<Ensured> {
  if (!isCertified(await policy.compiled()))
    return degraded(
      options,
      'policy_refused',
      'the certificate of the policy is missing, or of another policy',
    );
  const around = await lookAround(root);
  const distrust = distrustOf(around.facts.root, around.facts.observer.uid);
  if (distrust) return degraded(options, 'root_unusable', distrust.why);
  // As most often, nobody is there but the one that is recorded: to leave it alone takes no verdict, and no rule engine.
  if (around.candidates.every(({ facts }) => facts.recorded_singleton === 'yes')) {
    const reuse = decide(around);
    if (reuse.kind === 'reuse') return conclude(options, NOBODY_ELSE, reuse, []);
  }
  let look = await judge(around.facts, policy);
  // One that is busy gets a second chance; together at most 1 s.
  if (isUnresponsive(decide(look))) look = await examine(root, policy, 'procfs', 'ours');
  const decision = decide(look);
  const hasTargets = plan(look, WISH_AT_STARTUP).targets.length > 0;
  if (decision.kind !== 'start' && !hasTargets) return conclude(options, look, decision, []);

  const first = await startAndClean(root, policy, decision);
  if (first.kind === 'busy') {
    return decision.kind === 'start'
      ? degraded(
          options,
          'start_lock_busy',
          `somebody else has been starting a daemon for ${START_LOCK_MS / 1000} s`,
        )
      : conclude(options, look, decision, []);
  }
  if (first.kind === 'impossible') return degraded(options, 'root_unusable', first.why);
  const madeRoom = first.started?.kind === 'range_full' && first.ledger.some(wasSwept);
  const second = madeRoom ? await startAndClean(root, policy, decision) : null;
  return second?.kind === 'done' ? summary(options, second, first.ledger) : summary(options, first, []);
}

type Tried =
  | ({ readonly kind: 'done' } & Attempt)
  | { readonly kind: 'busy' }
  | { readonly kind: 'impossible'; readonly why: string };

/**
 * Under the lock of starts: looks again, starts a daemon where none is, and takes hold of the orphans. They are retired
 * after, so that nobody waits behind a sweep; where another sweep is under way, it has them in hand.
 */
async function startAndClean(root: string, policy: PolicyHandle, before: Decision): Promise<Tried> {
  const trouble = makePrivateFolder(join(root, ROOT_FILES.lock));
  if (trouble !== null) return { kind: 'impossible', why: `${root}: ${trouble}` };
  const lock = await takeStartLock(root, before.kind === 'start' ? START_LOCK_MS : LOCK_MS);
  if (lock.kind !== 'held') return lock;
  let sweepLock;
  try {
    let examination = await examine(root, policy, 'procfs', 'ours');
    const decision = decide(examination);
    const started =
      decision.kind === 'start'
        ? await startDaemon({
            root,
            ports: freePorts(examination),
            lock: lock.lock.handOver(),
            environment: process.env,
          })
        : null;
    // The one that was succeeded is an orphan like any other.
    if (started?.kind === 'started') examination = await examine(root, policy, 'procfs', 'ours');
    clearStaleRecords(examination.facts);
    const isDirty = plan(examination, WISH_AT_STARTUP).targets.length > 0;
    sweepLock = isDirty ? await takeSweepLock(root) : null;
    const held = sweepLock?.kind === 'held' ? await takeHold(examination, WISH_AT_STARTUP) : null;
    lock.lock.release();
    const ledger = held
      ? await retireHeld(held, { wish: WISH_AT_STARTUP, askedBy: ASKED_BY, onProgress: ignore })
      : [];
    return { kind: 'done', examination, decision, started, ledger };
  } finally {
    lock.lock.release();
    if (sweepLock?.kind === 'held') sweepLock.release();
  }
}

function freePorts({ candidates }: Examination): readonly number[] {
  const { first, end } = PORT_RANGES.sync;
  const taken = new Set(candidates.map(({ identity }) => identity.port));
  return Array.from({ length: end - first }, (_, index) => first + index).filter((port) => !taken.has(port));
}

function isUnresponsive(decision: Decision): boolean {
  return decision.kind === 'leave' && decision.reason === 'singleton_unresponsive';
}

function ignore(): void {
  // No progress is shown in front of another command.
}

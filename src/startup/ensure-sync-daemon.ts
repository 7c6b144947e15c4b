import { LOCK_MS, requestOf, takeStartLock, takeSweepLock } from '../action/act.js';
import { WISH_AT_STARTUP } from '../action/plan.js';
import type { JudgedCandidate } from '../model/candidate.js';
import { PORT_RANGES } from '../model/family.js';
import type { Ledger } from '../model/outcome.js';
import type {
  DaemonIntent,
  DegradedReason,
  ReadyDaemon,
  StartupCleanup,
  StartupOutcome,
} from '../model/startup.js';
import type { PolicyHandle } from '../model/verdict.js';
import { PACKAGE_VERSION } from '../model/version.js';
import { type Examination, examine, plan, retireHeld, takeHold } from '../pipeline.js';
import { openPolicy } from '../policy/open.js';
import { runtimeRoot } from './runtime-root.js';
import { ledgerArrays } from '../report/ledger-arrays.js';
import { decide, type Decision } from './decide.js';
import { whySkipped } from './skip.js';
import { startDaemon } from './start-daemon.js';

export interface EnsureOptions {
  readonly intent: DaemonIntent;
  /** `sync start`: the user asked for a daemon in so many words. */
  readonly explicit?: boolean;
  /** What a printed command must start with; `npx spec-kitty` where nothing else is known. */
  readonly invocation?: string;
}

/** The daemon that can be relied on, as it was seen; what came of the start is in `outcome`. */
export interface Ensured {
  readonly outcome: StartupOutcome;
  readonly candidate: JudgedCandidate | null;
}

/** Asks the daemon of a start to upload what waits. */
export async function askToDrain(daemon: JudgedCandidate): Promise<'requested' | 'refused'> {
  const answer = await requestOf(daemon, 'sync/trigger');
  return answer?.kind === 'accepted' ? 'requested' : 'refused';
}

/** Others give up after as long. */
const START_LOCK_MS = 10_000;
/** Startup names itself in the journal so. */
const ASKED_BY = 'startup';

/**
 * Sees to it that the root of this user has exactly one healthy daemon (design: "Startup", FR-006, FR-007), and retires
 * at most what is provably ours and stale. Never throws, and signals nobody on silence: whatever is in the way, the
 * command that needed sync goes on.
 */
export async function ensureSyncDaemon(options: EnsureOptions): Promise<StartupOutcome> {
  return (await ensured(options)).outcome;
}

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
  let look = await examine(root, policy, 'procfs', 'ours');
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
  const last = madeRoom ? await startAndClean(root, policy, decision) : first;
  return last.kind === 'done' ? summary(options, last, first.ledger) : summary(options, first, []);
}

type Attempt =
  | {
      readonly kind: 'done';
      readonly examination: Examination;
      readonly decision: Decision;
      readonly started: Awaited<ReturnType<typeof startDaemon>> | null;
      readonly ledger: Ledger;
    }
  | { readonly kind: 'busy' }
  | { readonly kind: 'impossible'; readonly why: string };

/**
 * Under the lock of starts: looks again, starts a daemon where none is, and takes hold of the orphans. They are retired
 * after, so that nobody waits behind a sweep; where another sweep is under way, it has them in hand.
 */
async function startAndClean(root: string, policy: PolicyHandle, before: Decision): Promise<Attempt> {
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
    sweepLock = await takeSweepLock(root);
    const held = sweepLock.kind === 'held' ? await takeHold(examination, WISH_AT_STARTUP) : null;
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

/** What an attempt under the lock came to, with what an earlier one had already cleaned. */
function summary(
  options: EnsureOptions,
  { examination, decision, started, ledger }: Extract<Attempt, { kind: 'done' }>,
  earlier: Ledger,
): Ensured {
  const cleaned = [...earlier.filter(wasSwept), ...ledger];
  switch (started?.kind) {
    case undefined:
      return conclude(options, examination, decision, cleaned);
    case 'range_full':
      return degraded(options, 'range_full', 'all 50 sync ports are taken', examination, cleaned);
    case 'failed':
      return degraded(options, 'start_failed', started.why, examination, cleaned);
    case 'started': {
      const { pid, port } = started;
      const daemon = {
        how: 'started',
        pid,
        port,
        generation: 'own',
        package_version: PACKAGE_VERSION,
      } as const;
      const candidate = examination.candidates.find(({ identity }) => identity.pid === pid) ?? null;
      return { outcome: { kind: 'ready', daemon, ...cleanupOf(examination, cleaned) }, candidate };
    }
  }
}

/** Nothing was to be started. */
function conclude(
  options: EnsureOptions,
  examination: Examination,
  decision: Decision,
  ledger: Ledger,
): Ensured {
  switch (decision.kind) {
    case 'reuse': {
      const daemon = reusedDaemon(decision.daemon);
      return {
        outcome: { kind: 'ready', daemon, ...cleanupOf(examination, ledger) },
        candidate: decision.daemon,
      };
    }
    case 'leave':
      return degraded(options, decision.reason, decision.detail, examination, ledger);
    case 'start':
      throw new Error('a daemon was to be started, and nobody tried');
  }
}

function reusedDaemon({ identity, shape }: JudgedCandidate): ReadyDaemon {
  return {
    how: 'reused',
    // Only a listener whose process is known can be the recorded one.
    pid: identity.pid ?? 0,
    port: identity.port,
    generation: shape?.generation === 'own' ? 'own' : 'python',
    package_version: identity.packageVersion,
  };
}

function degraded(
  { invocation = 'npx spec-kitty' }: EnsureOptions,
  reason: DegradedReason,
  detail: string,
  examination: Examination | null = null,
  ledger: Ledger = [],
): Ensured {
  const cleanup = examination
    ? cleanupOf(examination, ledger)
    : { swept: [], failed: [], operator_required: 0 };
  const next_step = `${invocation} auth doctor`;
  return { outcome: { kind: 'degraded', reason, detail, next_step, ...cleanup }, candidate: null };
}

function cleanupOf({ candidates }: Examination, ledger: Ledger): StartupCleanup {
  const { swept, failed } = ledgerArrays(ledger);
  const operatorRequired = candidates.filter(({ verdict }) => verdict.cleanupClass === 'operator_required');
  return { swept, failed, operator_required: operatorRequired.length };
}

function isUnresponsive(decision: Decision): boolean {
  return decision.kind === 'leave' && decision.reason === 'singleton_unresponsive';
}

function wasSwept({ disposition }: Ledger[number]): boolean {
  return disposition.bucket === 'swept';
}

function ignore(): void {
  // No progress is shown in front of another command.
}

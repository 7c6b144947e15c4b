import type { ProcessHandle, SignalOutcome } from '../machine/linux/pidfd.js';
import type { Machine } from '../machine/machine.js';
import type { Wait } from '../machine/status-line.js';
import type { IdentifiedCandidate, JudgedCandidate } from '../model/candidate.js';
import type { ActivitySample } from '../model/evidence.js';
import type { CleanupPath, Entrypoint, Outcome, Refusal } from '../model/outcome.js';
import { DECIDING_FACT_NAMES } from '../model/policy-facts.js';
import type { ScanContext } from '../model/scan.js';
import { awaitExit, awaitRelease, type Watched } from './exit-watch.js';
import { mayBeLive, refusalFor } from './guard.js';
import { type Interruption, UNINTERRUPTED, unlessInterrupted } from './interruption.js';
import { isSkipReason, stopsLiveDaemons } from './plan.js';
import { REQUEST_MS, requestOf } from './request.js';
import { refusalIfOccupied, refusalUnlessStuck } from './stuck.js';
import { during } from './waits.js';

/** Reads a judged candidate again, immediately before a step (pitfall 6). */
export type Revalidate = (judged: JudgedCandidate, probeMode: HealthProbeMode) => Promise<Revalidation>;

/**
 * How the health of a candidate is probed again. `none`: no request. `once`: one request. `retrying`: requests until
 * the daemon answers, or for as long as a busy daemon may need; its activity is sampled meanwhile.
 */
export type HealthProbeMode = 'none' | 'once' | 'retrying';

export type Revalidation =
  /** The judged process has exited. */
  | { readonly kind: 'gone' }
  /** The process or its socket is no longer the judged one, or cannot be read. */
  | { readonly kind: 'changed'; readonly detail: string }
  | {
      readonly kind: 'present';
      /** The judged process and socket, identified again. */
      readonly candidate: IdentifiedCandidate;
      /** Activity samples if the probe mode was `retrying` and the daemon gave no answer or a wrong one; else null. */
      readonly samples: readonly ActivitySample[] | null;
    };

/** Time to exit after each step. A busy daemon needs about 1.5 s. */
const STEP_MS = 3000;

/**
 * Retires one judged daemon by escalation: shutdown request, SIGTERM, SIGKILL. Before each step the candidate is
 * revalidated and the guard runs again; after each step, the exit is awaited for a bounded time.
 * @param handle opened before this call, so that a signal reaches the judged process or none (ADR 4)
 * @returns `swept` only if the exit was observed and the socket is released (pitfall 25)
 */
export async function retire(
  machine: Machine,
  judged: JudgedCandidate,
  handle: ProcessHandle,
  entrypoint: Entrypoint,
  context: ScanContext,
  revalidate: Revalidate,
  interruption: Interruption = UNINTERRUPTED,
): Promise<Outcome> {
  const { holder, socket } = judged.evidence;
  if (holder.kind !== 'known') return outcomeOf({ reason: 'missing_pid', detail: holder.why });
  const { port, id } = socket;
  if (id === null)
    return outcomeOf({ reason: 'identity_unreadable', detail: 'its socket has no inode number' });
  const watched = { port, socketId: id, pid: holder.process.pid, incarnation: holder.process.incarnation };

  let path: CleanupPath = 'already_gone';
  let sent: Sent | null = null;
  let requestNote = '';
  // A daemon that may be live and does not answer must be proven to be stuck: a busy one is silent too (pitfall 3).
  let probeMode: HealthProbeMode =
    judged.facts.responder !== judged.family && mayBeLive(judged) ? 'retrying' : 'none';

  const signal = raceFreeSignal(machine, handle);
  for (const step of escalationFor(machine, signal)) {
    if (interruption.isRequested()) return interrupted(entrypoint, sent);
    const revalidation = await unlessInterrupted(interruption, revalidate(judged, probeMode));
    if (revalidation === null) return interrupted(entrypoint, sent);
    // Later steps probe once: the step before may have made the daemon responsive, and a live one must not be killed.
    if (probeMode === 'retrying') probeMode = 'once';
    if (revalidation.kind === 'gone') return sweptOnceReleased(machine, watched, path);
    const refusal = revalidationRefusal(judged, revalidation, entrypoint, context);
    if (refusal) return outcomeOf(refusal, sent);

    const result = await step.take(judged);
    if (result.kind === 'gone') return sweptOnceReleased(machine, watched, path);
    if (result.kind === 'not_possible') {
      if (result.detail !== null) requestNote = `; it refused the shutdown request (${result.detail})`;
      continue;
    }
    if (result.kind === 'not_sent')
      requestNote = `; the shutdown request could not be sent (${result.detail})`;
    if (result.kind === 'done') {
      path = step.path;
      sent = step.sent;
    }
    const waitMs = result.kind === 'denied' ? 0 : STEP_MS;
    const exit = awaitExit(machine.observer, watched, waitMs, interruption);
    if (await during(machine, exitWait(port, result.kind === 'done' ? step.sent : null), exit))
      return { bucket: 'swept', path };
    if (result.kind === 'denied') return { bucket: 'failed', reason: 'not_permitted', detail: result.detail };
  }
  if (interruption.isRequested()) return interrupted(entrypoint, sent);
  return signal === null
    ? { bucket: 'failed', reason: 'cannot_hold', detail: NOT_SIGNALLED + requestNote }
    : {
        bucket: 'failed',
        reason: 'still_running',
        detail: `it still runs ${STEP_MS / 1000} s after SIGKILL${requestNote}`,
      };
}

/** Returns the outcome of an interrupted retirement: no further step was taken. @param sent the last step, or null */
function interrupted(entrypoint: Entrypoint, sent: Sent | null): Outcome {
  const what = stopsLiveDaemons(entrypoint) ? 'the stop' : 'the reset';
  return sent === null
    ? {
        bucket: 'skipped',
        reason: 'interrupted',
        detail: `you interrupted ${what} before it was asked to stop`,
      }
    : {
        bucket: 'failed',
        reason: 'interrupted',
        detail: `you interrupted ${what} after ${sent} was sent, and it had not ended yet`,
      };
}

function exitWait(port: number, sent: Sent | null): Wait {
  return {
    doing: 'waiting for',
    port,
    then: `to end${sent === null ? '' : ` after ${sent}`}`,
    atMostMs: STEP_MS,
  };
}

const NOT_SIGNALLED =
  'no shutdown request ended it, and it is not signalled: without a pidfd a signal might reach another process';

/**
 * Returns `swept` for a process that is gone if its socket is released. Returns `failed` if the socket stays open,
 * because another process has it open too.
 */
async function sweptOnceReleased(machine: Machine, watched: Watched, path: CleanupPath): Promise<Outcome> {
  const wait = {
    doing: 'waiting for the socket of',
    port: watched.port,
    then: 'to close',
    atMostMs: STEP_MS,
  };
  const release = awaitRelease(machine.observer, watched, STEP_MS);
  if (await during(machine, wait, release)) return { bucket: 'swept', path };
  return {
    bucket: 'failed',
    reason: 'socket_still_held',
    detail: 'it has exited, but its socket is still open',
  };
}

/**
 * Returns why the candidate may no longer be retired, or null. The guard must accept it again, and everything that the
 * verdict rests on must be unchanged, because the verdict is about that state only.
 */
function revalidationRefusal(
  judged: JudgedCandidate,
  revalidation: Exclude<Revalidation, { kind: 'gone' }>,
  entrypoint: Entrypoint,
  context: ScanContext,
): Refusal | null {
  if (revalidation.kind === 'changed') return changedSinceJudged(revalidation.detail);
  const { candidate: now, samples } = revalidation;
  const refusal = refusalFor(now, entrypoint, context) ?? possiblyBusyRefusal(samples, now);
  if (refusal) return refusal;
  const fact = DECIDING_FACT_NAMES.find((name) => now.facts[name] !== judged.facts[name]);
  if (fact) return changedSinceJudged(`${fact} was ${judged.facts[fact]} and is now ${now.facts[fact]}`);
  if (now.recordedIn.kind !== judged.recordedIn.kind)
    return changedSinceJudged('whether another root records it has changed');
  if (JSON.stringify(now.shape) !== JSON.stringify(judged.shape))
    return changedSinceJudged('its command line has changed');
  return null;
}

function changedSinceJudged(detail: string): Refusal {
  return { reason: 'changed_since_judged', detail };
}

/**
 * Returns why a daemon that was sampled may be busy, or null. A silent daemon is refused unless it is proven to be
 * stuck. A daemon that sends wrong answers runs, so it is refused only if it is suspended or has a connection, which may
 * be the reason for the wrong answers.
 */
function possiblyBusyRefusal(
  samples: readonly ActivitySample[] | null,
  { evidence: { health } }: IdentifiedCandidate,
): Refusal | null {
  if (samples === null) return null;
  return health.kind === 'foreign' ? refusalIfOccupied(samples) : refusalUnlessStuck(samples);
}

/** Returns the outcome of a refusal. @param sent the last step before, which the outcome must tell; null if there was none */
function outcomeOf({ reason, detail: why }: Refusal, sent: Sent | null = null): Outcome {
  const detail = sent === null ? why : `${why}; ${sent} had been sent to it before`;
  return isSkipReason(reason) ? { bucket: 'skipped', reason, detail } : { bucket: 'failed', reason, detail };
}

/** One step of the escalation. */
interface Step {
  readonly path: CleanupPath;
  readonly sent: Sent;
  take(judged: JudgedCandidate): Promise<StepResult>;
}

/** What a step sends, in words. */
type Sent = 'the shutdown request' | 'SIGTERM' | 'SIGKILL';

type StepResult =
  /** The request or signal was sent. */
  | { readonly kind: 'done' }
  /** No request can be made (`detail` is null), or the daemon refused it. The next step follows at once. */
  | { readonly kind: 'not_possible'; readonly detail: string | null }
  /** The request could not be sent. A daemon that is exiting refuses connections, so its exit is awaited. */
  | { readonly kind: 'not_sent'; readonly detail: string }
  /** The process had exited before the signal. */
  | { readonly kind: 'gone' }
  /** The kernel refused the signal, and would refuse the next one too. */
  | { readonly kind: 'denied'; readonly detail: string };

/**
 * Returns how a process is signalled. Null where no signal is race-free: a signal by PID might reach a process that
 * reused the PID (ADR 4).
 */
function raceFreeSignal(machine: Machine, { signal }: ProcessHandle): ProcessHandle['signal'] {
  return machine.observer.platform.capabilities.signals_race_free ? signal : null;
}

/** Returns the steps of the escalation. */
function escalationFor(machine: Machine, signal: ProcessHandle['signal']): readonly Step[] {
  if (signal === null) return [requestShutdown(machine)];
  const signalStep = (path: CleanupPath, name: 'SIGTERM' | 'SIGKILL'): Step => ({
    path,
    sent: name,
    take: () => Promise.resolve(stepResultOf(signal(name), name)),
  });
  return [requestShutdown(machine), signalStep('terminate', 'SIGTERM'), signalStep('kill', 'SIGKILL')];
}

function requestShutdown(machine: Machine): Step {
  return {
    path: 'http_shutdown',
    sent: 'the shutdown request',
    async take(judged) {
      const { port } = judged.identity;
      const answer = await during(
        machine,
        { doing: 'asking', port, then: 'to stop', atMostMs: REQUEST_MS },
        requestOf(machine, judged, 'shutdown'),
      );
      if (answer === null) return { kind: 'not_possible', detail: null };
      if (answer.kind === 'refused') return { kind: 'not_possible', detail: answer.why };
      // A missing answer counts as sent: the daemon may have received the request.
      return answer.kind === 'not_sent' ? { kind: 'not_sent', detail: answer.why } : { kind: 'done' };
    },
  };
}

function stepResultOf(outcome: SignalOutcome, name: string): StepResult {
  if (outcome.kind === 'sent') return { kind: 'done' };
  return outcome.kind === 'gone' ? outcome : { kind: 'denied', detail: `${name}: ${outcome.code}` };
}

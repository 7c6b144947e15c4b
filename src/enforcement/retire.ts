import type { ProcessHandle, SignalOutcome } from '../machine/linux/pidfd.js';
import type { Machine, Observer } from '../machine/machine.js';
import type { IdentifiedCandidate, JudgedCandidate } from '../model/candidate.js';
import type { ActivitySample } from '../model/evidence.js';
import type { CleanupPath, Entrypoint, Outcome, Refusal } from '../model/outcome.js';
import { DECIDING_FACT_NAMES } from '../model/policy-facts.js';
import type { ScanContext } from '../model/scan.js';
import { awaitExit, awaitRelease, type Watched } from './exit-watch.js';
import { mayBeLive, refusalFor } from './guard.js';
import { isSkipReason } from './plan.js';
import { requestOf } from './request.js';
import { keptBusyRefusal, notStuckRefusal } from './stuck.js';

/** What a second look at a candidate gives: it is gone, it is no longer what was judged, or here it is anew. */
export type Revalidation =
  | { readonly kind: 'gone' }
  | { readonly kind: 'changed'; readonly detail: string }
  | {
      readonly kind: 'present';
      readonly candidate: IdentifiedCandidate;
      /** What it was doing while it was asked once more and did not answer; else null. */
      readonly samples: readonly ActivitySample[] | null;
    };

/** Looks at a candidate again. */
export type Revalidate = (judged: JudgedCandidate, probeMode: HealthProbeMode) => Promise<Revalidation>;

/**
 * Whether it is asked for its health again: not at all, once (it may have recovered), or for as long as a busy daemon may
 * take, while what it does is watched.
 */
export type HealthProbeMode = 'none' | 'once' | 'retrying';

/** How long a daemon has to leave by itself after each step; a busy one needs about 1.5 s. */
const STEP_MS = 3000;
/**
 * Retires one judged daemon step by step, each step after a second look and followed by a bounded wait.
 * Swept means that the exit was observed and the socket is released.
 */
export async function retire(
  machine: Machine,
  judged: JudgedCandidate,
  handle: ProcessHandle,
  entrypoint: Entrypoint,
  context: ScanContext,
  revalidate: Revalidate,
): Promise<Outcome> {
  const { holder, socket } = judged.evidence;
  if (holder.kind !== 'known') return refuse({ reason: 'missing_pid', detail: holder.why });
  const { port, inode } = socket;
  if (inode === null) return refuse({ reason: 'identity_unreadable', detail: 'its socket has no number' });
  const watched = { port, inode, pid: holder.process.pid, startTicks: holder.process.startTicks };
  let path: CleanupPath = 'already_gone';
  let refused = '';
  let probeMode: HealthProbeMode =
    judged.facts.responder !== judged.family && mayBeLive(judged) ? 'retrying' : 'none';

  for (const step of escalationFor(machine, handle)) {
    const revalidation = await revalidate(judged, probeMode);
    // A signal may have woken it, or what it waited for has come: it is not killed when it answers again.
    if (probeMode === 'retrying') probeMode = 'once';
    if (revalidation.kind === 'gone') return sweptOnceReleased(machine.observer, watched, path);
    const refusal = refusalOf(judged, revalidation, entrypoint, context);
    if (refusal) return refuse(refusal);

    const outcome = await step.take(judged);
    if (outcome.kind === 'not_possible') {
      if (outcome.detail !== null) refused = `; it refused the request (${outcome.detail})`;
      continue;
    }
    if (outcome.kind === 'gone') return sweptOnceReleased(machine.observer, watched, path);
    if (outcome.kind === 'taken') path = step.path;
    if (outcome.kind === 'not_sent') refused = `; the request could not be sent (${outcome.detail})`;
    if (await awaitExit(machine.observer, watched, outcome.kind === 'denied' ? 0 : STEP_MS))
      return { bucket: 'swept', path };
    if (outcome.kind === 'denied')
      return { bucket: 'failed', reason: 'not_permitted', detail: outcome.detail };
  }
  return handle.signal === null
    ? { bucket: 'failed', reason: 'cannot_hold', detail: NOT_SIGNALLED + refused }
    : {
        bucket: 'failed',
        reason: 'still_running',
        detail: `it is there ${STEP_MS} ms after SIGKILL${refused}`,
      };
}

const NOT_SIGNALLED =
  'asking did not help, and it is not signalled: without a pidfd the signal might reach another process';

/** The process is gone, but a socket that somebody else still holds is not cleaned up. */
async function sweptOnceReleased(observer: Observer, watched: Watched, path: CleanupPath): Promise<Outcome> {
  if (await awaitRelease(observer, watched, STEP_MS)) return { bucket: 'swept', path };
  return {
    bucket: 'failed',
    reason: 'socket_still_held',
    detail: 'it has ended, but its socket is still open',
  };
}

/** The process must still be the one that was judged, fact by fact, and the envelope must have nothing against it. */
function refusalOf(
  judged: JudgedCandidate,
  revalidation: Exclude<Revalidation, { kind: 'gone' }>,
  entrypoint: Entrypoint,
  context: ScanContext,
): Refusal | null {
  if (revalidation.kind === 'changed') return { reason: 'changed_since_judged', detail: revalidation.detail };
  const now = revalidation.candidate;
  const refusal = refusalFor(now, entrypoint, context) ?? possiblyAliveRefusal(revalidation);
  if (refusal) return refusal;
  const changed = DECIDING_FACT_NAMES.find((fact) => now.facts[fact] !== judged.facts[fact]);
  if (changed) {
    const detail = `${changed} was ${judged.facts[changed]} and is now ${now.facts[changed]}`;
    return { reason: 'changed_since_judged', detail };
  }
  if (now.recordedIn.kind !== judged.recordedIn.kind) {
    return { reason: 'changed_since_judged', detail: 'whether another root records it has changed' };
  }
  if (JSON.stringify(now.shape) !== JSON.stringify(judged.shape)) {
    return { reason: 'changed_since_judged', detail: 'its command line is another than before' };
  }
  return null;
}

/** One that answers, if not as a daemon does, is not stuck: only what others do to it may be all that is wrong. */
function possiblyAliveRefusal({
  candidate,
  samples,
}: Extract<Revalidation, { kind: 'present' }>): Refusal | null {
  if (samples === null) return null;
  const answers = candidate.evidence.health.kind === 'foreign';
  return answers ? keptBusyRefusal(samples) : notStuckRefusal(samples);
}

function refuse({ reason, detail }: Refusal): Outcome {
  return isSkipReason(reason) ? { bucket: 'skipped', reason, detail } : { bucket: 'failed', reason, detail };
}

/** One rung of the ladder. */
interface Step {
  readonly path: CleanupPath;
  take(judged: JudgedCandidate): Promise<StepOutcome>;
}

type StepOutcome =
  /** Done; now it has time to leave. */
  | { readonly kind: 'taken' }
  /** There was nothing to send, or the daemon said no, and in what words: the next rung. */
  | { readonly kind: 'not_possible'; readonly detail: string | null }
  /** The request could not be sent. A daemon that is exiting refuses connections, so wait for its exit. */
  | { readonly kind: 'not_sent'; readonly detail: string }
  /** Nobody got anything: it has ended. */
  | { readonly kind: 'gone' }
  /** The system refused, and would refuse the next rung too. */
  | { readonly kind: 'denied'; readonly detail: string };

function requestShutdown(machine: Machine): Step {
  return {
    path: 'http_shutdown',
    async take(judged) {
      const answer = await requestOf(machine, judged, 'shutdown');
      if (answer === null) return { kind: 'not_possible', detail: null };
      if (answer.kind === 'refused') return { kind: 'not_possible', detail: answer.why };
      // No answer does not mean that the request was not received.
      return answer.kind === 'not_sent' ? { kind: 'not_sent', detail: answer.why } : { kind: 'taken' };
    },
  };
}

/**
 * From gentle to firm. Signals only through a hold that cannot slip: by number alone they might reach somebody else, and
 * a process that does not leave when asked is better reported than replaced by an innocent one.
 */
function escalationFor(machine: Machine, { signal }: ProcessHandle): readonly Step[] {
  if (signal === null) return [requestShutdown(machine)];
  const rung = (path: CleanupPath, name: 'SIGTERM' | 'SIGKILL'): Step => ({
    path,
    take: () => Promise.resolve(stepOutcomeOf(signal(name), name)),
  });
  return [requestShutdown(machine), rung('terminate', 'SIGTERM'), rung('kill', 'SIGKILL')];
}

function stepOutcomeOf(outcome: SignalOutcome, name: string): StepOutcome {
  if (outcome.kind === 'sent') return { kind: 'taken' };
  return outcome.kind === 'gone' ? outcome : { kind: 'denied', detail: `${name}: ${outcome.code}` };
}

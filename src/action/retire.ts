import type { ActivityLook } from '../model/activity.js';
import type { IdentifiedCandidate, JudgedCandidate } from '../model/candidate.js';
import type { Observer } from '../model/evidence.js';
import type { CleanupPath, Disposition, Entrypoint, Refusal } from '../model/outcome.js';
import { DECIDING_FACT_NAMES } from '../model/policy-facts.js';
import type { ProcessHold } from '../system/change/process-hold.js';
import { awaitExit, awaitRelease, type Watched } from '../system/observe/exit-watch.js';
import { envelope } from './envelope.js';
import { mayBeLive } from './envelope/singleton.js';
import { isRightlyLeftAlone } from './plan.js';
import { ladderFor } from './steps.js';
import { whyKeptBusy, whyNotStuck } from './stuck.js';

/** What a second look at a candidate gives: it is gone, it is no longer what was judged, or here it is anew. */
export type Recheck =
  | { readonly kind: 'gone' }
  | { readonly kind: 'changed'; readonly why: string }
  | {
      readonly kind: 'there';
      readonly candidate: IdentifiedCandidate;
      /** What it was doing while it was asked once more and did not answer; else null. */
      readonly looks: readonly ActivityLook[] | null;
    };

/** Looks at a candidate again. */
export type LookAgain = (judged: JudgedCandidate, asking: Asking) => Promise<Recheck>;

/**
 * Whether it is asked for its health again: not at all, once (it may have recovered), or for as long as a busy daemon may
 * take, while what it does is watched.
 */
export type Asking = 'not' | 'once' | 'patiently';

/** How long a daemon has to leave by itself after each step; a busy one needs about 1.5 s. */
const STEP_MS = 3000;
/**
 * Retires one judged daemon step by step, each step after a second look and followed by a bounded wait.
 * Swept means that the exit was observed and the socket is released.
 */
export async function retire(
  judged: JudgedCandidate,
  hold: ProcessHold,
  entrypoint: Entrypoint,
  observer: Observer,
  lookAgain: LookAgain,
): Promise<Disposition> {
  const { holder, socket } = judged.evidence;
  if (holder.kind !== 'known') return refuse({ reason: 'missing_pid', detail: holder.why });
  const { port, inode } = socket;
  if (inode === null) return refuse({ reason: 'identity_unreadable', detail: 'its socket has no number' });
  const watched = { port, inode, pid: holder.process.pid, startTicks: holder.process.startTicks };
  let path: CleanupPath = 'already_gone';
  let refused = '';
  let asking: Asking = judged.facts.responder !== judged.family && mayBeLive(judged) ? 'patiently' : 'not';

  for (const step of ladderFor(hold)) {
    const recheck = await lookAgain(judged, asking);
    // A signal may have woken it, or what it waited for has come: it is not killed when it answers again.
    if (asking === 'patiently') asking = 'once';
    if (recheck.kind === 'gone') return whenReleased(watched, path);
    const refusal = refusalOf(judged, recheck, entrypoint, observer);
    if (refusal) return refuse(refusal);

    const outcome = await step.take(judged);
    if (outcome.kind === 'not_possible') {
      if (outcome.why !== null) refused = `; it refused the request (${outcome.why})`;
      continue;
    }
    if (outcome.kind === 'gone') return whenReleased(watched, path);
    if (outcome.kind === 'taken') path = step.path;
    if (outcome.kind === 'not_sent') refused = `; the request could not be sent (${outcome.why})`;
    if (await awaitExit(watched, outcome.kind === 'denied' ? 0 : STEP_MS)) return { bucket: 'swept', path };
    if (outcome.kind === 'denied') return { bucket: 'failed', reason: 'not_permitted', detail: outcome.why };
  }
  return hold.signal === null
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
async function whenReleased(watched: Watched, path: CleanupPath): Promise<Disposition> {
  if (await awaitRelease(watched, STEP_MS)) return { bucket: 'swept', path };
  return {
    bucket: 'failed',
    reason: 'socket_still_held',
    detail: 'it has ended, but its socket is still open',
  };
}

/** The process must still be the one that was judged, fact by fact, and the envelope must have nothing against it. */
function refusalOf(
  judged: JudgedCandidate,
  recheck: Exclude<Recheck, { kind: 'gone' }>,
  entrypoint: Entrypoint,
  observer: Observer,
): Refusal | null {
  if (recheck.kind === 'changed') return { reason: 'changed_since_judged', detail: recheck.why };
  const now = recheck.candidate;
  const refusal = envelope(now, entrypoint, observer) ?? whyPerhapsAlive(recheck);
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
function whyPerhapsAlive({ candidate, looks }: Extract<Recheck, { kind: 'there' }>): Refusal | null {
  if (looks === null) return null;
  const answers = candidate.evidence.health.kind === 'foreign';
  return answers ? whyKeptBusy(looks) : whyNotStuck(looks);
}

function refuse({ reason, detail }: Refusal): Disposition {
  return isRightlyLeftAlone(reason)
    ? { bucket: 'skipped', reason, detail }
    : { bucket: 'failed', reason, detail };
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { ActivityLook } from '../model/activity.js';
import type { Facts, ListenerEvidence, RootEvidence } from '../model/evidence.js';
import type { HealthAnswer } from '../model/health-answer.js';
import { readProcess } from '../system/observe/process-table.js';
import { holdsSocket } from '../system/observe/socket-holders.js';
import { ourTree } from '../system/observe/tree.js';
import { watchActivity } from './activity.js';
import { askForHealth, HEALTH_DEADLINE_MS } from './collectors/health.js';
import { readRoot, rootReader } from './collectors/root.js';
import { readRootsOf } from './collectors/roots-of-candidate.js';
import { monotonicMs } from '../system/observe/clock.js';

/** What is left of a listener that was judged a moment ago. */
export type SecondLook =
  /** The process that was judged has exited; whoever has its number now is somebody else. */
  | { readonly kind: 'gone' }
  /** It still runs, but does not hold the socket that it was judged by. */
  | { readonly kind: 'socket_released' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | {
      readonly kind: 'there';
      readonly evidence: ListenerEvidence;
      readonly facts: Facts;
      /** What it was doing while it was asked once more; null where it was not, or has answered. */
      readonly looks: readonly ActivityLook[] | null;
    };

/**
 * Reads one listener again, just before something is done to it: process, command line, socket, its roots and ours.
 * @param asking whether it is asked for its health again; `patiently`, what it does meanwhile is watched: silence is no
 *   proof that it is stuck
 */
export async function lookAgain(
  judged: ListenerEvidence,
  facts: Facts,
  asking: 'not' | 'once' | 'patiently',
): Promise<SecondLook> {
  const { health, looks } = await askAgain(judged, facts, asking);
  const { holder } = judged;
  if (holder.kind !== 'known') return { kind: 'unreadable', why: 'its process was never known' };
  const reading = readProcess(holder.process.pid);
  if (reading.kind !== 'alive') return reading;
  if (reading.process.startTicks !== holder.process.startTicks) return { kind: 'gone' };
  if (judged.socket.inode === null) return { kind: 'unreadable', why: 'its socket was never identified' };
  if (!holdsSocket(reading.process.pid, judged.socket.inode)) return { kind: 'socket_released' };
  const process = { kind: 'known', process: reading.process } as const;
  const roots = readRootsOf(process, facts, rootReader(facts.family, facts.challenge));
  const evidence = { ...judged, health, holder: process, roots };
  return {
    kind: 'there',
    evidence,
    facts: { ...facts, root: readRootAgain(facts) },
    looks,
  };
}

async function askAgain(
  judged: ListenerEvidence,
  { challenge }: Facts,
  asking: 'not' | 'once' | 'patiently',
): Promise<{ readonly health: HealthAnswer; readonly looks: readonly ActivityLook[] | null }> {
  if (asking === 'not') return { health: judged.health, looks: null };
  if (asking === 'once')
    return { health: await askForHealth(judged.reachedAt, judged.socket.port, challenge), looks: null };
  const question = askPatiently(judged, challenge);
  const looks = await watchActivity(judged, question);
  const health = await question;
  return { health, looks: health.kind === 'answered' ? null : looks };
}

/** Our own root as it is now. */
export function readRootAgain({ family, root, challenge }: Facts): RootEvidence {
  return readRoot(family, root.path, ourTree, challenge);
}

/** A recorded daemon that did not answer is asked for this long, and watched, before it can count as stuck. */
const PATIENCE_MS = 10_000;

/** A busy daemon may leave a question unanswered for seconds; only one that stays silent is taken for wedged. */
async function askPatiently(judged: ListenerEvidence, challenge: string): Promise<HealthAnswer> {
  const end = monotonicMs() + PATIENCE_MS;
  for (;;) {
    const left = end - monotonicMs();
    const answer = await askForHealth(judged.reachedAt, judged.socket.port, challenge, Math.max(left, 1));
    if (answer.kind === 'answered' || monotonicMs() + HEALTH_DEADLINE_MS >= end) return answer;
    await sleep(HEALTH_DEADLINE_MS);
  }
}

import { setTimeout as sleep } from 'node:timers/promises';
import type { Facts, ListenerEvidence, RootEvidence } from '../model/evidence.js';
import type { HealthAnswer } from '../model/health-answer.js';
import { readProcess } from '../system/observe/process-table.js';
import { holdsSocket } from '../system/observe/socket-holders.js';
import { ourTree } from '../system/observe/tree.js';
import { askForHealth, HEALTH_DEADLINE_MS } from './collectors/health.js';
import { readRoot, rootReader } from './collectors/root.js';
import { readRootsOf } from './collectors/roots-of-candidate.js';
import { otherCallers } from '../system/observe/callers.js';
import { monotonicMs } from '../system/observe/clock.js';

/** What is left of a listener that was judged a moment ago. */
export type SecondLook =
  /** The process that was judged has exited; whoever has its number now is somebody else. */
  | { readonly kind: 'gone' }
  /** It still runs, but does not hold the socket that it was judged by. */
  | { readonly kind: 'socket_released' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'there'; readonly evidence: ListenerEvidence; readonly facts: Facts };

/**
 * Reads one listener again, just before something is done to it: process, command line, socket, its roots and ours.
 * @param patienceMs above 0, it is also asked for its health again, until it answers or this time is over.
 *   One that does not while others hold it up is not known to be wedged: anybody on this machine can do that to it
 */
export async function lookAgain(
  judged: ListenerEvidence,
  facts: Facts,
  patienceMs: number,
): Promise<SecondLook> {
  const health = patienceMs > 0 ? await askPatiently(judged, facts.challenge, patienceMs) : judged.health;
  if (patienceMs > 0 && health.kind !== 'answered') {
    const callers = await otherCallers(judged.socket.port, facts.observer.uid);
    if (!callers.ok) return { kind: 'unreadable', why: callers.why };
    if (callers.value.length > 0) {
      const why = `user ${callers.value.join(', ')} has connections to it open, which may be all that it is busy with`;
      return { kind: 'unreadable', why };
    }
  }
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
  };
}

/** Our own root as it is now. */
export function readRootAgain({ family, root, challenge }: Facts): RootEvidence {
  return readRoot(family, root.path, ourTree, challenge);
}

/** A busy daemon may leave a question unanswered for seconds; only one that stays silent is taken for wedged. */
async function askPatiently(
  judged: ListenerEvidence,
  challenge: string,
  patienceMs: number,
): Promise<HealthAnswer> {
  const end = monotonicMs() + patienceMs;
  for (;;) {
    const left = end - monotonicMs();
    const answer = await askForHealth(judged.reachedAt, judged.socket.port, challenge, Math.max(left, 1));
    if (answer.kind === 'answered' || monotonicMs() + HEALTH_DEADLINE_MS >= end) return answer;
    await sleep(HEALTH_DEADLINE_MS);
  }
}

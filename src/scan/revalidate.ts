import type { Observer } from '../machine/machine.js';
import type { ActivitySample } from '../model/evidence.js';
import { err } from '../model/result.js';
import type { HealthAnswer, ListenerEvidence, RootEvidence, Scan } from '../model/scan.js';
import { readRootsOf } from './candidate-roots.js';
import { probeHealth, HEALTH_DEADLINE_MS } from './health.js';
import { readRoot, rootReader } from './root-files.js';

/** What is left of a listener that was judged a moment ago. */
export type ListenerRevalidation =
  /** The process that was judged has exited; whoever has its number now is somebody else. */
  | { readonly kind: 'gone' }
  /** It still runs, but does not hold the socket that it was judged by. */
  | { readonly kind: 'socket_released' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | {
      readonly kind: 'present';
      readonly evidence: ListenerEvidence;
      readonly scan: Scan;
      /** What it was doing while it was asked once more; null where it was not, or has answered. */
      readonly samples: readonly ActivitySample[] | null;
    };

/**
 * Reads one listener again, just before something is done to it: process, command line, socket, its roots and ours.
 * @param probeMode whether it is asked for its health again; `patiently`, what it does meanwhile is watched: silence is no
 *   proof that it is stuck
 */
export async function revalidateListener(
  observer: Observer,
  judged: ListenerEvidence,
  scan: Scan,
  probeMode: 'not' | 'once' | 'patiently',
): Promise<ListenerRevalidation> {
  const { health, samples } = await probeAgain(observer, judged, scan, probeMode);
  const { holder } = judged;
  if (holder.kind !== 'known') return { kind: 'unreadable', why: 'its process was never known' };
  const reading = observer.processes.read(holder.process.pid);
  if (reading.kind !== 'alive') return reading;
  if (reading.process.startTicks !== holder.process.startTicks) return { kind: 'gone' };
  if (judged.socket.inode === null) return { kind: 'unreadable', why: 'its socket was never identified' };
  if (!observer.sockets.holds(reading.process.pid, judged.socket.inode)) return { kind: 'socket_released' };
  const process = { kind: 'known', process: reading.process } as const;
  const roots = readRootsOf(observer, process, scan, rootReader(observer, scan.family, scan.challenge));
  const evidence = { ...judged, health, holder: process, roots };
  return {
    kind: 'present',
    evidence,
    scan: { ...scan, root: readRootAgain(observer, scan) },
    samples,
  };
}

async function probeAgain(
  observer: Observer,
  judged: ListenerEvidence,
  { challenge }: Scan,
  probeMode: 'not' | 'once' | 'patiently',
): Promise<{ readonly health: HealthAnswer; readonly samples: readonly ActivitySample[] | null }> {
  if (probeMode === 'not') return { health: judged.health, samples: null };
  if (probeMode === 'once')
    return {
      health: await probeHealth(observer, judged.reachedAt, judged.socket.port, challenge),
      samples: null,
    };
  const question = askPatiently(observer, judged, challenge);
  const samples = await watchActivity(observer, judged, question);
  const health = await question;
  return { health, samples: health.kind === 'answered' ? null : samples };
}

/** Our own root as it is now. */
export function readRootAgain(observer: Observer, { family, root, challenge }: Scan): RootEvidence {
  return readRoot(observer, family, root.path, observer.files.ours, challenge);
}

/** A recorded daemon that did not answer is asked for this long, and watched, before it can count as stuck. */
const PATIENCE_MS = 10_000;

/** A busy daemon may leave a question unanswered for seconds; only one that stays silent is taken for wedged. */
async function askPatiently(
  observer: Observer,
  judged: ListenerEvidence,
  challenge: string,
): Promise<HealthAnswer> {
  const end = observer.clock.monotonicMs() + PATIENCE_MS;
  for (;;) {
    const left = end - observer.clock.monotonicMs();
    const answer = await probeHealth(
      observer,
      judged.reachedAt,
      judged.socket.port,
      challenge,
      Math.max(left, 1),
    );
    if (answer.kind === 'answered' || observer.clock.monotonicMs() + HEALTH_DEADLINE_MS >= end) return answer;
    await observer.clock.sleep(HEALTH_DEADLINE_MS);
  }
}

/** Until the daemon has taken up our own question, which may wake a thread of it. */
const SETTLE_MS = 1000;
const BETWEEN_LOOKS_MS = 750;

/** Looks at what a listener is doing, once. */
async function lookAtActivity(
  observer: Observer,
  { holder, socket }: ListenerEvidence,
): Promise<ActivitySample> {
  const { inode, uid } = socket;
  if (holder.kind !== 'known' || inode === null || uid === null) return NOT_KNOWN;
  const { pid } = holder.process;
  const connections = await observer.sockets.connections(pid, { ...socket, inode, uid });
  return { connections, process: observer.processes.activity(pid) };
}

const NOT_KNOWN: ActivitySample = {
  connections: err('its process is not known'),
  process: err('its process is not known'),
};

/** Looks again and again until a question to it is answered or given up, and once more after that. */
async function watchActivity(
  observer: Observer,
  evidence: ListenerEvidence,
  question: Promise<unknown>,
): Promise<readonly ActivitySample[]> {
  const samples: ActivitySample[] = [];
  const isOverWithin = (ms: number): Promise<boolean> =>
    Promise.race([question.then(() => true), observer.clock.sleep(ms).then(() => false)]);
  for (let pause = SETTLE_MS; !(await isOverWithin(pause)); pause = BETWEEN_LOOKS_MS) {
    samples.push(await lookAtActivity(observer, evidence));
  }
  return [...samples, await lookAtActivity(observer, evidence)];
}

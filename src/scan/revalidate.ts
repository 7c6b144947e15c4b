import type { Observer } from '../machine/machine.js';
import type { ActivitySample } from '../model/evidence.js';
import { err } from '../model/result.js';
import type { HealthAnswer, ListenerEvidence, RootEvidence, Scan } from '../model/scan.js';
import { readRootsOf } from './candidate-roots.js';
import { probeHealth, HEALTH_DEADLINE_MS } from './health.js';
import { readOwnRoot, rootReader } from './root-files.js';
import { withDaemonFoundBefore } from './running-daemon.js';

/** The state of a listener when it is read again before an action. */
export type ListenerRevalidation =
  /** The judged process has exited. Its PID may now belong to another process. */
  | { readonly kind: 'gone' }
  /** The process still runs, but no longer has the judged socket open. */
  | { readonly kind: 'socket_released' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | {
      readonly kind: 'present';
      readonly evidence: ListenerEvidence;
      readonly scan: Scan;
      /**
       * The activity of the process while its health was probed with retries; null if `probeMode` was not `retrying`,
       * or if the listener answered.
       */
      readonly samples: readonly ActivitySample[] | null;
    };

/**
 * Reads one listener again just before an action on it: process, command line, socket, its roots and our root (pitfall
 * 6).
 * @param probeMode whether the health of the listener is probed again. With `retrying`, the activity of its process is
 *   sampled during the probe, because a missing answer does not prove that a daemon is stuck
 */
export async function revalidateListener(
  observer: Observer,
  judged: ListenerEvidence,
  scan: Scan,
  probeMode: 'none' | 'once' | 'retrying',
): Promise<ListenerRevalidation> {
  const { health, samples } = await probeAgain(observer, judged, scan, probeMode);
  const { holder } = judged;
  if (holder.kind !== 'known') return { kind: 'unreadable', why: 'the scan did not find its process' };
  const current = observer.processes.read(holder.process.pid);
  if (current.kind === 'other_user')
    return { kind: 'unreadable', why: `process ${holder.process.pid} belongs to another user now` };
  if (current.kind !== 'alive') return current;
  if (current.process.incarnation !== holder.process.incarnation) return { kind: 'gone' };
  if (judged.socket.id === null)
    return { kind: 'unreadable', why: 'the scan did not find the inode of its socket' };
  if (!observer.sockets.holds(current.process.pid, judged.socket.id)) return { kind: 'socket_released' };
  const owner = { kind: 'known', process: current.process } as const;
  const roots = readRootsOf(observer, owner, scan, rootReader(observer, scan.family, scan.challenge));
  const evidence = { ...judged, health, holder: owner, roots };
  return {
    kind: 'present',
    evidence,
    scan: { ...scan, root: await readRootAgain(observer, scan) },
    samples,
  };
}

async function probeAgain(
  observer: Observer,
  judged: ListenerEvidence,
  { challenge }: Scan,
  probeMode: 'none' | 'once' | 'retrying',
): Promise<{ readonly health: HealthAnswer; readonly samples: readonly ActivitySample[] | null }> {
  if (probeMode === 'none') return { health: judged.health, samples: null };
  if (probeMode === 'once') return { health: await probeOnce(observer, judged, challenge), samples: null };
  const probing = probeWithRetries(observer, judged, challenge);
  const samples = await sampleActivity(observer, judged, probing);
  const health = await probing;
  return { health, samples: health.kind === 'answered' ? null : samples };
}

/** Reads our own root again. */
export async function readRootAgain(
  observer: Observer,
  { family, root, challenge }: Scan,
): Promise<RootEvidence> {
  const again = await readOwnRoot(observer, family, root.path, challenge);
  return withDaemonFoundBefore(observer, family, again, root);
}

/**
 * Probes until one probe takes as long as it should. If it takes longer, this machine stood still or is overloaded, and
 * the daemon may have had no time to answer.
 */
async function probeOnce(
  observer: Observer,
  judged: ListenerEvidence,
  challenge: string,
): Promise<HealthAnswer> {
  for (let probe = 0; probe < MOST_PROBES; probe++) {
    const start = observer.clock.monotonicMs();
    const answer = await probeHealth(observer, judged.reachedAt, judged.socket, challenge);
    const lateMs = observer.clock.monotonicMs() - start - HEALTH_DEADLINE_MS;
    if (answer.kind !== 'silent' || lateMs < MOST_LATE_MS) return answer;
  }
  return { kind: 'not_asked', why: 'this machine is too slow to tell whether it answers' };
}

const MOST_PROBES = 5;
const MOST_LATE_MS = 250;

/** A recorded daemon that did not answer is probed and sampled for this long before it can count as stuck. */
export const RETRY_LIMIT_MS = 10_000;

/**
 * Probes until the daemon answers or `RETRY_LIMIT_MS` is over: a busy daemon may not answer for seconds (pitfall 3).
 */
async function probeWithRetries(
  observer: Observer,
  judged: ListenerEvidence,
  challenge: string,
): Promise<HealthAnswer> {
  const end = observer.clock.monotonicMs() + RETRY_LIMIT_MS;
  // Where one probe did not reach the daemon, the silence of a later one proves nothing.
  let notAsked: HealthAnswer | null = null;
  for (;;) {
    const left = end - observer.clock.monotonicMs();
    const answer = await probeHealth(observer, judged.reachedAt, judged.socket, challenge, Math.max(left, 1));
    if (answer.kind === 'answered') return answer;
    if (answer.kind === 'not_asked') notAsked ??= answer;
    if (observer.clock.monotonicMs() + HEALTH_DEADLINE_MS >= end) return notAsked ?? answer;
    await observer.clock.sleep(HEALTH_DEADLINE_MS);
  }
}

/**
 * Time before the first sample. Our own probe may wake a thread of the daemon, and this wake-up must not count as
 * activity.
 */
const SETTLE_MS = 1000;
const SAMPLE_INTERVAL_MS = 750;

async function takeActivitySample(
  observer: Observer,
  { holder, socket }: ListenerEvidence,
): Promise<ActivitySample> {
  const { id, uid } = socket;
  if (holder.kind !== 'known' || id === null || uid === null) return UNKNOWN_ACTIVITY;
  const { pid } = holder.process;
  const connections = await observer.sockets.connections(pid, { ...socket, id, uid });
  return { connections, process: observer.processes.activity(pid) };
}

const UNKNOWN_ACTIVITY: ActivitySample = {
  connections: err('its process is not known'),
  process: err('its process is not known'),
};

/** Samples the activity of a listener until its probe has ended, and once more after that. */
async function sampleActivity(
  observer: Observer,
  evidence: ListenerEvidence,
  probing: Promise<unknown>,
): Promise<readonly ActivitySample[]> {
  const samples: ActivitySample[] = [];
  const isOverWithin = (ms: number): Promise<boolean> =>
    Promise.race([probing.then(() => true), observer.clock.sleep(ms).then(() => false)]);
  for (let pause = SETTLE_MS; !(await isOverWithin(pause)); pause = SAMPLE_INTERVAL_MS) {
    samples.push(await takeActivitySample(observer, evidence));
  }
  return [...samples, await takeActivitySample(observer, evidence)];
}

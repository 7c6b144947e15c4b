import type { ActivitySample, Connection, Counters, Suspension } from '../model/evidence.js';
import type { Refusal } from '../model/outcome.js';
import { inertName } from '../text/terminal.js';

/** Minimum number of samples that can prove a daemon to be stuck. On a machine short of CPU time, fewer are taken. */
const FEWEST_SAMPLES = 3;

/**
 * Checks whether a silent daemon is proven to be stuck. Silence alone is no proof: a busy single-threaded server is
 * silent too (pitfall 3). A daemon is stuck if no sample shows a connection of another process to the daemon, or a
 * connection that the daemon opened, and if between all samples none of its threads ran and it read nothing. A
 * connection of a process of the same user counts too, because a port forward of that user passes on what another user
 * sends. Pure.
 * @param samples in order of time, over as long as a busy daemon may take to answer
 * @returns why the daemon is not proven to be stuck, or null if it is
 */
export function refusalUnlessStuck(samples: readonly ActivitySample[]): Refusal | null {
  const occupied = refusalIfOccupied(samples);
  if (occupied) return occupied;
  for (const { process } of samples) {
    if (process.ok && process.value.awake !== null) return perhapsBusy(process.value.awake);
  }
  if (samples.length < FEWEST_SAMPLES) {
    return perhapsBusy(
      `its activity was sampled only ${samples.length} times, because this machine is short of CPU time`,
    );
  }
  const counters = samples.flatMap(({ process }) => (process.ok ? [process.value.counters] : []));
  for (const [at, now] of counters.entries()) {
    const activity = activityBetween(counters[at - 1] ?? now, now);
    if (activity !== null) return perhapsBusy(activity);
  }
  return null;
}

/**
 * Checks whether a daemon that gives no proper answer was suspended, or had a connection of its own or of another
 * process. Pure.
 * @returns what may keep it from answering, or null
 */
export function refusalIfOccupied(samples: readonly ActivitySample[]): Refusal | null {
  for (const sample of samples) {
    const refusal = sampleRefusal(sample);
    if (refusal) return refusal;
  }
  return null;
}

function sampleRefusal({ connections, process }: ActivitySample): Refusal | null {
  if (!process.ok) return perhapsBusy(process.why);
  const { suspension } = process.value;
  // A suspended daemon is silent because the kernel does not run it. It can be resumed, so it is not stuck.
  if (suspension) return { reason: 'suspended', detail: suspensionText(suspension) };
  if (!connections.ok) return perhapsBusy(connections.why);
  const inbound = connections.value.filter(({ direction }) => direction === 'inbound');
  if (inbound.length > 0) return { reason: 'kept_busy', detail: keptBusyText(inbound) };
  const outbound = connections.value.find(({ direction }) => direction === 'outbound');
  return outbound
    ? perhapsBusy(`it has a connection of its own to ${outbound.peer} open, perhaps an upload`)
    : null;
}

function activityBetween(before: Counters, now: Counters): string | null {
  if (now.bytesRead !== before.bytesRead) return 'it read data while it was watched';
  const hasRun = now.cpuTicks !== before.cpuTicks || now.contextSwitches !== before.contextSwitches;
  return hasRun ? 'it used CPU time while it was watched' : null;
}

function suspensionText(suspension: Suspension): string {
  switch (suspension.kind) {
    case 'stopped':
      return 'it is stopped (SIGSTOP or SIGTSTP)';
    case 'traced':
      return suspension.by === 0
        ? 'a debugger or tracer outside this container is attached to it'
        : `process ${suspension.by} traces it, as a debugger does`;
    case 'frozen':
      return `its control group is frozen (${inertName(suspension.freezer)})`;
  }
}

function keptBusyText(inbound: readonly Connection[]): string {
  const peers = [
    ...new Set(
      inbound.map(({ peer, peerUid }) =>
        peerUid === null ? `${peer} (user unknown)` : `${peer} (user ${peerUid})`,
      ),
    ),
  ];
  const more = peers.length > MOST_PEERS ? ` and ${peers.length - MOST_PEERS} more` : '';
  return `it has connections from ${peers.slice(0, MOST_PEERS).join(', ')}${more}, which may keep it busy`;
}

const MOST_PEERS = 4;

function perhapsBusy(detail: string): Refusal {
  return { reason: 'perhaps_busy', detail };
}

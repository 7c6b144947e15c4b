import type { ActivitySample, Connection, Counters, Suspension } from '../model/evidence.js';
import type { Refusal } from '../model/outcome.js';

/** Fewer looks prove nothing: on a machine that is short of CPU time they are far apart. */
const FEWEST_SAMPLES = 3;

/**
 * Why a daemon that does not answer is not proven to be stuck, or null where it is: at no look had another process a
 * connection to it, or it one of its own, and over all of them no thread of it ran and it read nothing. Connections of its
 * own user count too: a port forward of that user passes on what another user sends. Pure.
 * @param samples in order, over as long as a busy daemon may take to answer
 */
export function notStuckRefusal(samples: readonly ActivitySample[]): Refusal | null {
  for (const look of samples) {
    const refusal = whyHeldUp(look);
    if (refusal) return refusal;
  }
  if (samples.length < FEWEST_SAMPLES) {
    return perhapsBusy(`it was looked at only ${samples.length} times, for want of CPU time`);
  }
  const counters = samples.flatMap(({ process }) => (process.ok ? [process.value.counters] : []));
  for (const [at, now] of counters.entries()) {
    const moved = whatMoved(counters[at - 1] ?? now, now);
    if (moved !== null) return perhapsBusy(moved);
  }
  return null;
}

/** Which other process, at one of these looks, had a connection to a daemon that gives no proper answer; null where none had. Pure. */
export function keptBusyRefusal(samples: readonly ActivitySample[]): Refusal | null {
  for (const { connections } of samples) {
    if (!connections.ok) return perhapsBusy(connections.why);
    const callers = connections.value.filter(({ direction }) => direction === 'inbound');
    if (callers.length > 0) return { reason: 'kept_busy', detail: callersText(callers) };
  }
  return null;
}

function whyHeldUp(look: ActivitySample): Refusal | null {
  const { connections, process } = look;
  if (!process.ok) return perhapsBusy(process.why);
  const { suspension, awake } = process.value;
  if (suspension) return { reason: 'suspended', detail: suspensionText(suspension) };
  const keptBusy = keptBusyRefusal([look]);
  if (keptBusy) return keptBusy;
  const own = connections.ok
    ? connections.value.find(({ direction }) => direction === 'outbound')
    : undefined;
  if (own) return perhapsBusy(`it has a connection of its own to ${own.peer} open, perhaps an upload`);
  return awake === null ? null : perhapsBusy(awake);
}

function whatMoved(before: Counters, now: Counters): string | null {
  if (now.bytesRead !== before.bytesRead) return 'it read something meanwhile';
  const hasRun = now.cpuTicks !== before.cpuTicks || now.contextSwitches !== before.contextSwitches;
  return hasRun ? 'it used CPU time meanwhile' : null;
}

function suspensionText(suspension: Suspension): string {
  switch (suspension.kind) {
    case 'stopped':
      return 'it is stopped (SIGSTOP or SIGTSTP)';
    case 'traced':
      return suspension.by === 0
        ? 'a debugger or tracer outside this container has it'
        : `process ${suspension.by} traces it, as a debugger does`;
    case 'frozen':
      return `its control group is frozen (${suspension.freezer})`;
  }
}

/** Who may be keeping it busy, each end once; more than a handful says no more. */
function callersText(connections: readonly Connection[]): string {
  const ends = [
    ...new Set(
      connections.map(({ peer, peerUid }) =>
        peerUid === null ? `${peer} (user not known)` : `${peer} (user ${peerUid})`,
      ),
    ),
  ];
  const more = ends.length > MOST_CALLERS ? ` and ${ends.length - MOST_CALLERS} more` : '';
  return `it is connected to ${ends.slice(0, MOST_CALLERS).join(', ')}${more}, which may be what keeps it busy`;
}

const MOST_CALLERS = 4;

function perhapsBusy(detail: string): Refusal {
  return { reason: 'perhaps_busy', detail };
}

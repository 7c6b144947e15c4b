import type { StartLock } from '../enforcement/locks.js';
import type { IdentifiedScan, JudgedScan } from '../examine.js';
import type { Observer } from '../machine/machine.js';
import type { IdentifiedCandidate } from '../model/candidate.js';
import type { Decision } from './decision.js';
import type { StartedDaemon } from './start.js';

/**
 * Scans as the next command would, and confirms a new daemon if that command would reuse it. A daemon that no command
 * recognises or reaches would be started again by each of them, so it is refused, and retires.
 *
 * The lock is released if the first scan does not find the daemon: other starts would wait for the further scans, and a
 * daemon that is refused removes its state file only under this lock. Nothing is cleaned up then.
 * @returns the last scan, and the daemon, or why it was refused
 */
export async function confirmDaemon(
  observer: Observer,
  { examine, decide }: NextCommand,
  started: Extract<StartedDaemon, { kind: 'started' }>,
  lock: StartLock,
): Promise<{ readonly judged: JudgedScan; readonly started: StartedDaemon }> {
  const end = observer.clock.monotonicMs() + CONFIRM_MS;
  for (;;) {
    const judged = await examine();
    const missing = missingFact(judged, decide(judged), started);
    if (missing === null) {
      started.confirm();
      return { judged, started };
    }
    lock.release();
    if (missing.isFinal || observer.clock.monotonicMs() >= end) {
      const who = `PID ${started.pid} was started on port ${started.port}, and a scan did not find it as a daemon that the next command could use`;
      const then = (await started.refuse())
        ? 'it has retired'
        : 'it was told to retire, and is still running';
      return {
        judged,
        started: { kind: 'failed', why: `${who}: ${missing.why}; ${then}`, remedy: missing.remedy },
      };
    }
    await observer.clock.sleep(CONFIRM_PAUSE_MS);
  }
}

/** How the next command scans, and what it decides about the daemon of the root. */
interface NextCommand {
  readonly examine: () => Promise<JudgedScan>;
  readonly decide: (scan: IdentifiedScan) => Decision;
}

/**
 * How long scans may need to find a daemon that has recorded itself. One is enough; the rest is for an overloaded
 * machine.
 */
export const CONFIRM_MS = 10_000;
const CONFIRM_PAUSE_MS = 250;

interface MissingFact {
  readonly why: string;
  readonly remedy: string;
  /** Whether time cannot change it. */
  readonly isFinal: boolean;
}

/** Returns why the next command would not reuse a new daemon, or null if it would. */
function missingFact(
  { scan, candidates }: JudgedScan,
  decision: Decision,
  { pid, port }: { readonly pid: number; readonly port: number },
): MissingFact | null {
  const isStarted = ({ identity }: IdentifiedCandidate): boolean =>
    identity.pid === pid && identity.port === port;
  if (decision.kind === 'reuse' && isStarted(decision.daemon)) return null;
  const later = (why: string, remedy: string): MissingFact => ({ why, remedy, isFinal: false });
  if (!scan.listeners.ok)
    return later(`the listeners could not be read: ${scan.listeners.why}`, 'run it where /proc can be read');
  const found = candidates.find(isStarted);
  if (!found) {
    const there = candidates.find(({ identity }) => identity.port === port)?.evidence.holder;
    const why = there && 'why' in there ? there.why : `no process listens on port ${port}`;
    return later(why, 'run it where /proc shows the processes of this user and their descriptors');
  }
  const { facts } = found;
  const detailOf = (name: keyof typeof facts): string =>
    found.proofs.find(({ fact }) => fact === name)?.detail ?? '';
  if (facts.spawn_shape !== 'production')
    return { why: detailOf('spawn_shape'), remedy: NOT_ITS_COMMAND_LINE, isFinal: true };
  if (facts.responder !== scan.family)
    return later(
      `it does not answer: ${detailOf('responder')}`,
      'sudo ip link set lo up  # if it is up, this machine is too busy',
    );
  return later(
    decision.kind === 'leave' ? decision.detail : detailOf('recorded_singleton'),
    'run it again; another program may be changing the same root',
  );
}

const NOT_ITS_COMMAND_LINE =
  'run it where the kernel shows a process with the command line that it was started with, so not under an emulator of another CPU';

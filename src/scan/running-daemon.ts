import type { ProcessResult } from '../machine/linux/processes.js';
import type { Observer } from '../machine/machine.js';
import type { ProcessEvidence } from '../model/evidence.js';
import type { Family } from '../model/family.js';
import { isNamed, mayBeNamed } from '../model/named-daemon.js';
import { isFromEarlierBoot, isSameDirectory } from '../model/root-checks.js';
import type { ListenerEvidence, RootEvidence, Scan } from '../model/scan.js';
import type { Result } from '../model/result.js';
import { claimOf, parseSpawnShape } from '../model/spawn-command.js';

/**
 * Adds to a root the process of the daemon that its state file names, if none of the listeners here may be that daemon:
 * it may run in another network namespace, such as a container with this home, where it also has another PID. A file
 * that cannot be parsed may name any daemon of the root, also one whose socket the kernel's list lacks.
 */
export async function withRunningDaemon(
  observer: Observer,
  { family, root, context }: Pick<Scan, 'family' | 'root' | 'context'>,
  listeners: readonly ListenerEvidence[],
): Promise<RootEvidence> {
  const { stateFile } = root;
  const isMalformed = stateFile.kind === 'malformed';
  if (!isMalformed && (stateFile.kind !== 'read' || stateFile.key === null)) return root;
  if (root.isRecordedDaemonGone || isFromEarlierBoot(root, context)) return root;
  const isMeant = isMeantBy(observer, family, root);
  // Another daemon of this user, or another user, may listen on the same port here.
  const mayBeListening = listeners.some(({ socket, holder }) => {
    if (!isMalformed && socket.port !== stateFile.port) return false;
    if (holder.kind === 'known') return isMeant(holder.process);
    return socket.uid === null || socket.uid === context.uid;
  });
  if (mayBeListening) return root;
  for await (const result of processesOfOurUser(observer) ?? []) {
    if (result.kind === 'alive' && isMeant(result.process))
      return { ...root, recordedDaemonPid: result.process.pid };
  }
  return root;
}

/**
 * Tells whether a process is the daemon that a state file names; for a file that cannot be parsed, whether its command
 * line names this root. A daemon whose command line names no root may be of any root of its user, in any container.
 */
function isMeantBy(
  observer: Observer,
  family: Family,
  root: RootEvidence,
): (process: ProcessEvidence) => boolean {
  if (root.stateFile.kind === 'read') return (process) => isNamed(family, root, process);
  return (process) => {
    const claim = process.argv.ok ? claimOf(family, process.argv.value, null) : null;
    return typeof claim?.root === 'string' && whichRoot(observer, claim.root, process, root) === 'this';
  };
}

/** As `withRunningDaemon`, for a root that is read again: looks only at the process that was found before. */
export function withDaemonFoundBefore(
  observer: Observer,
  family: Family,
  root: RootEvidence,
  { recordedDaemonPid }: RootEvidence,
): RootEvidence {
  if (recordedDaemonPid === undefined) return root;
  const found = observer.processes.read(recordedDaemonPid);
  return found.kind === 'alive' && isMeantBy(observer, family, root)(found.process)
    ? { ...root, recordedDaemonPid }
    : root;
}

/** A process because of which a state file cannot be cleared. `pid` is null if the processes could not be listed. */
export interface PossibleDaemon {
  readonly pid: number | null;
  readonly detail: string;
}

/**
 * Finds a process of our user that may be the daemon that the state file of a root names, among all processes that
 * `/proc` shows. A process that cannot be read may be it.
 */
export async function findPossibleDaemon(
  observer: Observer,
  family: Family,
  root: RootEvidence,
): Promise<PossibleDaemon | null> {
  const processes = processesOfOurUser(observer);
  if (processes === null) return { pid: null, detail: 'the processes of this machine cannot be listed' };
  const lineage = observer.self.lineage();
  for await (const result of processes) {
    if (result.kind === 'unreadable')
      return { pid: result.pid, detail: `PID ${result.pid} cannot be read (${result.why})` };
    const { pid, argv, executable } = result.process;
    if (!argv.ok) return { pid, detail: `the command line of PID ${pid} cannot be read (${argv.why})` };
    if (argv.value.elements.join('') === '') {
      if (mayBeInterpreter(executable)) return { pid, detail: `PID ${pid} has an empty command line` };
      continue;
    }
    // A shell that runs this command may have text about daemons in its arguments.
    if (lineage.includes(pid) && parseSpawnShape(family, argv.value) === null) continue;
    const isOfOtherRoot = (path: string): boolean =>
      whichRoot(observer, path, result.process, root) === 'other';
    if (mayBeNamed(family, root, result.process, isOfOtherRoot)) {
      const detail = isNamed(family, root, result.process)
        ? `PID ${pid} is the daemon that the state file names`
        : `PID ${pid} may be the daemon that the state file names`;
      return { pid, detail };
    }
  }
  return null;
}

type OurProcess =
  | Extract<ProcessResult, { kind: 'alive' }>
  | (Extract<ProcessResult, { kind: 'unreadable' }> & { readonly pid: number });

/** The event loop gets a turn after this many milliseconds. */
const LONGEST_STRETCH_MS = 3;

/** Reads the processes of our user; null if the processes cannot be listed. */
function processesOfOurUser(observer: Observer): AsyncIterable<OurProcess> | null {
  const pids = observer.processes.pids();
  return pids && readEach(observer, pids);
}

async function* readEach({ processes, clock }: Observer, pids: Iterable<number>): AsyncIterable<OurProcess> {
  let stretchStart = clock.monotonicMs();
  for (const pid of pids) {
    if (clock.monotonicMs() - stretchStart > LONGEST_STRETCH_MS) {
      await clock.sleep(0);
      stretchStart = clock.monotonicMs();
    }
    // A process of another user can make its status very long.
    if (!processes.hasOurUser(pid)) continue;
    const result = processes.read(pid);
    if (result.kind === 'alive') yield result;
    else if (result.kind === 'unreadable') yield { ...result, pid };
  }
}

/**
 * Whether a process without arguments may run the program of a daemon. A thread of the kernel, and a process that is
 * about to exit, have no program.
 */
function mayBeInterpreter(executable: Result<string>): boolean {
  return executable.ok ? /(?:node|python|pypy)[^/]*$/i.test(executable.value) : executable.why !== 'ENOENT';
}

/** Tells whether the root in the command line of a process is certainly this root, or certainly another directory. */
function whichRoot(
  observer: Observer,
  path: string,
  { pid, sharesOurFiles }: ProcessEvidence,
  root: RootEvidence,
): 'this' | 'other' | 'unknown' {
  if (!sharesOurFiles.ok) return 'unknown';
  const tree = sharesOurFiles.value ? observer.files.ours : observer.files.of(pid);
  if (observer.files.remoteFileSystemOn(path, sharesOurFiles.value ? null : pid, root.directory) !== null)
    return 'unknown';
  const named = tree.identify(path);
  if (named.kind !== 'directory' || root.directory.kind !== 'directory') return 'unknown';
  return isSameDirectory(named, root.directory) ? 'this' : 'other';
}

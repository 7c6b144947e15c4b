import type { ProcessEvidence } from '../../model/evidence.js';
import { err, ok, type Result } from '../../model/result.js';
import type { ProcessResult, ProcessStat } from '../linux/processes.js';
import { decodeArguments, type StartArguments, variablesNamed } from './arguments.js';
import { LIST_ALL, LIST_OF_PARENT, LIST_OF_USER, libSystem } from './libsystem.js';
import {
  decodeIncarnation,
  decodeProcessInfo,
  decodeResidentBytes,
  decodeRootDirectory,
  type Incarnation,
  INCARNATION_LENGTH,
  PATHS_LENGTH,
  PROCESS_INFO_LENGTH,
  type ProcessInfo,
  TASK_INFO_LENGTH,
} from './process-info.js';

/** Flavours of `proc_pidinfo`. */
const TASK_INFO = 4;
const PATHS = 9;
const INCARNATION = 17;
const PROCESS_INFO = 18;

/**
 * Reads what the kernel attests about one process. Its incarnation is read before and after everything else: if it is
 * the same, all of it is of one program of one process.
 */
export function readProcess(pid: number): ProcessResult {
  const before = readInfo(pid);
  if (before.kind !== 'ours') return before;
  const { info } = before;
  const started = readArguments(pid);
  const process: ProcessEvidence = {
    pid,
    parentPid: info.parentPid,
    incarnation: info.incarnation,
    uid: info.uid,
    argv: started.ok ? ok(started.value.argv) : started,
    executable: started.ok ? ok(started.value.path) : started,
    sharesOurFiles: sharesOurRoot(pid),
    // macOS has no PID namespaces.
    sharesOurPids: ok(true),
    residentBytes: readResidentBytes(pid),
    cpuSeconds: err('it is not read on macOS'),
    startedAt: ok(info.startedAt.toISOString()),
  };
  const after = readInfo(pid);
  if (after.kind === 'gone') return after;
  return after.kind === 'ours' && after.info.incarnation === info.incarnation
    ? { kind: 'alive', process }
    : { kind: 'unreadable', why: CHANGED };
}

export const CHANGED = 'it became another program while it was read';

type InfoResult =
  { readonly kind: 'ours'; readonly info: ProcessInfo } | Exclude<ProcessResult, { readonly kind: 'alive' }>;

/** Reads the identity of a process. All three user ids must be ours: in a setuid program they differ. */
export function readInfo(pid: number): InfoResult {
  const bytes = readPidInfo(pid, PROCESS_INFO, PROCESS_INFO_LENGTH);
  if (!bytes.ok) {
    if (bytes.why === 'ESRCH') return { kind: 'gone' };
    // A sandbox can hide processes of our own user. Only the list of our processes tells these from those of others.
    const isOfOther = bytes.why === 'EPERM' && listOurPids()?.includes(pid) === false;
    return isOfOther
      ? { kind: 'other_user', parentPid: null, session: sessionOf(pid) }
      : { kind: 'unreadable', why: bytes.why };
  }
  const decoded = decodeProcessInfo(bytes.value, pid);
  if (!decoded.ok) return { kind: 'unreadable', why: decoded.why };
  const info = decoded.value;
  // A zombie has exited, even if its parent has not reaped it (pitfall 23).
  if (info.isZombie) return { kind: 'gone' };
  return info.uid === process.geteuid?.() && info.hasOneUser
    ? { kind: 'ours', info }
    : { kind: 'other_user', parentPid: info.parentPid, session: sessionOf(pid) };
}

/** Reads the parent, the session and the incarnation of a process of our user. */
export function readStat(pid: number): ProcessStat {
  const found = readInfo(pid);
  if (found.kind !== 'ours') return found;
  const session = sessionOf(pid);
  if (session === null) return { kind: 'unreadable', why: 'its session cannot be read' };
  const { parentPid, incarnation } = found.info;
  return { kind: 'alive', parentPid, session, incarnation };
}

/** Whether the user ids of a process are ours. False if it has ended or cannot be read. */
export function isOfOurUser(pid: number): boolean {
  return readInfo(pid).kind === 'ours';
}

/** Reads the incarnation of a process of any user. */
export function readIncarnation(pid: number): Result<Incarnation> {
  const bytes = readPidInfo(pid, INCARNATION, INCARNATION_LENGTH);
  return bytes.ok ? decodeIncarnation(bytes.value) : bytes;
}

/** Reads the named variables of the environment that a process was started with. */
export function readEnvironmentVariables<Name extends string>(
  pid: number,
  names: readonly Name[],
): Result<Partial<Record<Name, string>>> {
  const started = readArguments(pid);
  return started.ok ? variablesNamed(started.value, names) : started;
}

/** The longest that the kernel returns. From a shorter buffer it would return the end of the arguments only. */
const ARGUMENTS_LENGTH = 1024 * 1024;
/** `{CTL_KERN, KERN_PROCARGS2}` */
const ARGUMENTS = [1, 49] as const;
let argumentsBuffer: Buffer | undefined;

function readArguments(pid: number): Result<StartArguments> {
  const library = libSystem();
  if (!library.ok) return library;
  argumentsBuffer ??= Buffer.alloc(ARGUMENTS_LENGTH);
  const length = library.value.sysctl([...ARGUMENTS, pid], argumentsBuffer);
  if (typeof length === 'string') return err(length);
  return length < ARGUMENTS_LENGTH
    ? decodeArguments(argumentsBuffer.subarray(0, length))
    : err('its arguments are longer than the kernel shows');
}

function sharesOurRoot(pid: number): Result<boolean> {
  const [theirs, ours] = [readRootDirectory(pid), readRootDirectory(process.pid)];
  if (!theirs.ok) return theirs;
  if (!ours.ok) return ours;
  return theirs.value === ours.value ? ok(true) : err('it has another root directory (chroot)');
}

function readRootDirectory(pid: number): Result<string> {
  const bytes = readPidInfo(pid, PATHS, PATHS_LENGTH);
  return bytes.ok ? decodeRootDirectory(bytes.value) : bytes;
}

function readResidentBytes(pid: number): Result<number> {
  const bytes = readPidInfo(pid, TASK_INFO, TASK_INFO_LENGTH);
  return bytes.ok ? decodeResidentBytes(bytes.value) : bytes;
}

/** Room for a longer structure than ours, which is then noticed by its length. */
const SPARE = 64;

/** @returns what the kernel has filled; an error with the name of the system's error */
function readPidInfo(pid: number, flavour: number, length: number): Result<Buffer> {
  const library = libSystem();
  if (!library.ok) return library;
  const buffer = Buffer.alloc(length + SPARE);
  const filled = library.value.pidInfo(pid, flavour, buffer);
  return typeof filled === 'string' ? err(filled) : ok(buffer.subarray(0, filled));
}

/** Lists all processes of this machine, the processes of our user, or the children of a process; null if it fails. */
export function listAllPids(): readonly number[] | null {
  return listPids(LIST_ALL, 0);
}

export function listOurPids(): readonly number[] | null {
  return listPids(LIST_OF_USER, process.geteuid?.() ?? -1);
}

export function listChildren(pid: number): readonly number[] | null {
  return listPids(LIST_OF_PARENT, pid);
}

const PID_LENGTH = 4;
const FEWEST_PIDS = 4096;
const MOST_PIDS = 1024 * 1024;

function listPids(of: number, argument: number): readonly number[] | null {
  const library = libSystem();
  if (!library.ok) return null;
  // A buffer that is full may lack PIDs.
  for (let most = FEWEST_PIDS; most <= MOST_PIDS; most *= 4) {
    const buffer = Buffer.alloc(most * PID_LENGTH);
    const filled = library.value.listPids(of, argument, buffer);
    if (typeof filled === 'string' || filled % PID_LENGTH !== 0) return null;
    if (filled === buffer.length) continue;
    const pids = Array.from({ length: filled / PID_LENGTH }, (_, index) =>
      buffer.readInt32LE(index * PID_LENGTH),
    );
    return pids.filter((pid) => pid > 0);
  }
  return null;
}

/** Returns the session of a process of any user; null if it cannot be read. */
export function sessionOf(pid: number): number | null {
  const library = libSystem();
  const session = library.ok ? library.value.sessionOf(pid) : library.why;
  return typeof session === 'number' ? session : null;
}

/** Returns our own PID and the PIDs of our ancestors, nearest first, as far as they are of our user. */
export function readLineage(): readonly number[] {
  const lineage = [process.pid];
  for (let pid = process.ppid; pid > 0 && !lineage.includes(pid);) {
    lineage.push(pid);
    const found = readInfo(pid);
    pid = found.kind === 'ours' ? found.info.parentPid : 0;
  }
  return lineage;
}

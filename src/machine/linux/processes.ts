import { isUtf8 } from 'node:buffer';
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Argv, ProcessEvidence } from '../../model/evidence.js';
import { err, ok, type Result } from '../../model/result.js';
import { errorCode, isGone } from '../../model/system-error.js';
import { isHiddenByMount } from './hidden-by-mount.js';
import { readKernelFile } from './kernel-file.js';

/** Linux reports process times in units of 1/100 s to user space on every architecture Node runs on (USER_HZ). */
const TICKS_PER_SECOND = 100;

export type ProcessResult =
  | { readonly kind: 'alive'; readonly process: ProcessEvidence }
  | OtherUsersProcess
  /** No such process, or a zombie, which has exited and owns nothing. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'unreadable'; readonly why: string };

/** A process with a user id that is not ours. Nothing but `status` is read of it, also not by the superuser (ADR 12). */
interface OtherUsersProcess {
  readonly kind: 'other_user';
  /** Null if `/proc` hides the processes of other users. */
  readonly parentPid: number | null;
  /** Session id: the PID of the session leader; null if the kernel does not show it. */
  readonly session: number | null;
}

/** Reads what the kernel attests about one process. */
export function readProcess(pid: number): ProcessResult {
  const status = readStatus(pid);
  if (status.kind !== 'ours') return status;
  const stat = readOurStat(pid);
  if (stat.kind !== 'alive') return stat;
  return {
    kind: 'alive',
    process: {
      pid,
      parentPid: stat.parentPid,
      incarnation: stat.incarnation,
      uid: status.uid,
      argv: readArgv(pid),
      executable: attempt(() => readlinkSync(`/proc/${pid}/exe`)),
      sharesOurFiles: attempt(() => shares(pid, 'ns/mnt') && shares(pid, 'root')),
      sharesOurPids: attempt(() => shares(pid, 'ns/pid')),
      residentBytes: status.residentBytes,
      cpuSeconds: ok(stat.cpuTicks / TICKS_PER_SECOND),
      startedAt: attempt(() => startedAt(Number(stat.incarnation))),
    },
  };
}

type ProcessStatus =
  | { readonly kind: 'ours'; readonly uid: number; readonly residentBytes: Result<number> }
  | OtherUsersProcess
  | { readonly kind: 'gone' }
  | { readonly kind: 'unreadable'; readonly why: string };

/**
 * Reads `/proc/<pid>/status`, the only file of a process that its user cannot keep the kernel from reading (ADR 12). All
 * four user ids must be ours: in a setuid program (su, sudo) the real user id can be that of another user.
 */
export function readStatus(pid: number): ProcessStatus {
  try {
    const fields = statusFields(readFileSync(`/proc/${pid}/status`, 'utf8'));
    const field = (name: string): string => {
      const value = fields.get(name);
      if (value === undefined) throw new Error(`no ${name} in its status`);
      return value;
    };
    // Z (zombie), X and x (dead): the process has exited, even if its parent has not reaped it (pitfall 23).
    if (/^[ZXx]/.test(field('State'))) return { kind: 'gone' };
    const uids = field('Uid').split('\t').map(Number);
    const uid = process.geteuid?.() ?? -1;
    if (uids.length === 4 && uids.every((each) => each === uid))
      return { kind: 'ours', uid, residentBytes: attempt(() => kibibytes(field('VmRSS')) * 1024) };
    // The first number is the session in the PID namespace of this `/proc`.
    const session = Number(fields.get('NSsid')?.split('\t')[0] ?? NaN);
    return {
      kind: 'other_user',
      parentPid: Number(field('PPid')),
      session: Number.isNaN(session) ? null : session,
    };
  } catch (error) {
    if (isGone(error)) return { kind: 'gone' };
    return isHidden(pid, error)
      ? { kind: 'other_user', parentPid: null, session: null }
      : { kind: 'unreadable', why: errorCode(error) };
  }
}

/**
 * Parses the lines `name:\tvalue` of a status file. The first line has the name of the process, which its user chooses:
 * it may contain anything but a line feed, also characters at which a regular expression would begin a new line.
 */
function statusFields(text: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split('\n')
      .slice(1)
      .map((line) => {
        const colon = line.indexOf(':\t');
        return [line.slice(0, colon), line.slice(colon + 2)];
      }),
  );
}

function kibibytes(value: string): number {
  const kib = Number(value.trim().replace(/ kB$/, ''));
  if (Number.isNaN(kib)) throw new Error('its memory is not a number of kB');
  return kib;
}

/** Whether an error means that `/proc` hides a process because it is another user's (mount option hidepid=1). */
function isHidden(pid: number, error: unknown): boolean {
  try {
    return ['EPERM', 'EACCES'].includes(errorCode(error)) && !hasOurUser(pid);
  } catch {
    // The process has ended meanwhile.
    return false;
  }
}

/** Whether the effective user of a process is ours: the owner of its folder, which `/proc` never hides from stat(2). */
export function hasOurUser(pid: number): boolean {
  return statSync(`/proc/${pid}`).uid === process.geteuid?.();
}

/** As `hasOurUser`; false if the process has ended. */
export function isOfOurUser(pid: number): boolean {
  try {
    return hasOurUser(pid);
  } catch {
    return false;
  }
}

export type ProcessStat =
  | {
      readonly kind: 'alive';
      readonly parentPid: number;
      /** Session id: the PID of the session leader. */
      readonly session: number;
      /** As in `ProcessEvidence`. */
      readonly incarnation: string;
    }
  | OtherUsersProcess
  | { readonly kind: 'gone' }
  | { readonly kind: 'unreadable'; readonly why: string };

type AliveStat = Extract<ProcessStat, { readonly kind: 'alive' }>;
type OurStat =
  (AliveStat & { readonly cpuTicks: number }) | Exclude<ProcessStat, OtherUsersProcess | AliveStat>;

/** Reads the start time of a process of our user, among others. */
export function readStat(pid: number): ProcessStat {
  const status = readStatus(pid);
  return status.kind === 'ours' ? readOurStat(pid) : status;
}

/** Reads `/proc/<pid>/stat`. The command name may contain spaces and parentheses: fields count from the last `)`. */
function readOurStat(pid: number | 'self'): OurStat {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    return isGone(error) ? { kind: 'gone' } : { kind: 'unreadable', why: errorCode(error) };
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  if (/^[ZXx]/.test(fields[0] ?? '')) return { kind: 'gone' };
  const startTicks = field(22);
  if (Number.isNaN(startTicks)) return { kind: 'unreadable', why: 'its stat has no start time' };
  return {
    kind: 'alive',
    parentPid: field(4),
    session: field(6),
    cpuTicks: field(14) + field(15),
    incarnation: String(startTicks),
  };
}

/**
 * Limit for a command line, in bytes. A daemon's command line has two paths and a short script, but any process can
 * have a command line of 6 MB.
 */
const LONGEST_COMMAND_LINE = 64 * 1024;

/**
 * Reads the command line of a process. The result is `exact` if every element ends in NUL and the bytes are valid UTF-8
 * (decoding replaces invalid bytes).
 */
function readArgv(pid: number): Result<Argv> {
  try {
    const bytes = readKernelFile(`/proc/${pid}/cmdline`, LONGEST_COMMAND_LINE);
    if (bytes === null) return err(`its command line is longer than ${LONGEST_COMMAND_LINE} bytes`);
    const text = bytes.toString('utf8');
    const exact = text.endsWith('\0') && isUtf8(bytes);
    return ok({ elements: text.replace(/\0$/, '').split('\0'), exact });
  } catch (error) {
    return err(errorCode(error));
  }
}

/**
 * Whether a process has the same namespace or root directory as we have. With the same `ns/mnt` and `root`, a path
 * means the same to both processes; with the same `ns/pid`, a PID means the same.
 */
function shares(pid: number, link: 'ns/mnt' | 'root' | 'ns/pid'): boolean {
  return readlinkSync(`/proc/${pid}/${link}`) === readlinkSync(`/proc/self/${link}`);
}

/**
 * Computes a lower bound for the age of a process, in seconds; negative if no bound is known.
 *
 * The bound is our own age plus the difference of the two start times, which the kernel takes from one clock.
 * `/proc/uptime` is not used: lxcfs replaces it in a container, and then an old process appears to start in the future.
 * Our own age leaves out the loading of the program and suspended time, so the bound can be too small, never too large.
 */
export function minimumAgeSeconds({ incarnation }: Pick<ProcessEvidence, 'incarnation'>): number {
  return minimumAgeFrom(Number(incarnation));
}

function minimumAgeFrom(startTicks: number): number {
  const own = readOurStat('self');
  if (own.kind !== 'alive') return -Infinity;
  // Both start times are rounded down, so their difference may be too large by up to one tick, which is subtracted.
  return (Number(own.incarnation) - signedTicks(startTicks) - 1) / TICKS_PER_SECOND + process.uptime();
}

/** Ticks at which the kernel's 64-bit nanosecond counter wraps. */
const TICKS_OF_64_BITS = 2 ** 64 / (1e9 / TICKS_PER_SECOND);

/**
 * Turns the kernel's unsigned start time into a signed number. A process older than our time namespace has a negative
 * start time.
 */
function signedTicks(startTicks: number): number {
  return startTicks < TICKS_OF_64_BITS / 2 ? startTicks : startTicks - TICKS_OF_64_BITS;
}

/**
 * Computes the start time of a process, for display. The larger of two ages is used: `/proc/uptime` includes suspended
 * time, but in a container lxcfs can show an uptime that is too small.
 */
function startedAt(startTicks: number): string {
  const [uptime = ''] = readFileSync('/proc/uptime', 'utf8').split(' ');
  const age = Math.max(
    Number(uptime) - signedTicks(startTicks) / TICKS_PER_SECOND,
    minimumAgeFrom(startTicks),
  );
  if (!(age >= 0)) throw new Error('its start is later than now');
  return new Date(Date.now() - age * 1000).toISOString();
}

function attempt<T>(look: () => T): Result<T> {
  try {
    return ok(look());
  } catch (error) {
    return err(errorCode(error));
  }
}

/**
 * Limit for an environment, in bytes. A usual environment has about 10 kB, but any process can have an environment of 6
 * MB.
 */
const MAX_ENVIRONMENT_BYTES = 1024 * 1024;

/**
 * Reads the named variables of a process's initial environment; the rest, which may hold secrets, is not kept. The
 * result is an error if a name has two different values, because programs differ in which value they take (getenv(3)
 * and Python the first, others the last), or if a value is not UTF-8, because Python keeps the raw bytes.
 */
export function readEnvironmentVariables<Name extends string>(
  pid: number,
  names: readonly Name[],
): Result<Partial<Record<Name, string>>> {
  let text: string;
  try {
    const whole = readKernelFile(`/proc/${pid}/environ`, MAX_ENVIRONMENT_BYTES);
    if (whole === null) return err(`it is longer than ${MAX_ENVIRONMENT_BYTES} bytes`);
    text = whole.toString('utf8');
  } catch (error) {
    return err(errorCode(error));
  }
  const found: Partial<Record<Name, string>> = {};
  for (const entry of text.split('\0')) {
    const name = names.find((wanted) => entry.startsWith(`${wanted}=`));
    if (name === undefined) continue;
    const value = entry.slice(name.length + 1);
    if (value.includes('\uFFFD')) return err(`${name} is not UTF-8`);
    if (found[name] !== undefined && found[name] !== value) return err(`it names ${name} more than once`);
    found[name] = value;
  }
  return ok(found);
}

/** A log file that a process has open, by its current path. */
export interface OpenLog {
  /**
   * The folder of the log, or the folder that the log was in when it was deleted. If the folder was renamed, this is
   * its new path, because the kernel follows renames.
   */
  readonly folder: string;
  readonly isDeleted: boolean;
  /** Whether the path of the log leads us to a different file, because a mount covers the path or was removed. */
  readonly isHidden: boolean;
}

/**
 * Reads the path of the log that a process has as its standard output. Reads only `/proc`, never the file system of the
 * log, which may not answer. The path is valid for us only if the process shares our file system tree.
 * @param name the file name that the log must have
 */
export function readOpenLog(pid: number, name: string): Result<OpenLog> {
  let target: string;
  try {
    target = readlinkSync(`/proc/${pid}/fd/1`);
  } catch (error) {
    return err(`its standard output cannot be read: ${errorCode(error)}`);
  }
  const isDeleted = target.endsWith(DELETED);
  const path = isDeleted ? target.slice(0, -DELETED.length) : target;
  if (!path.startsWith('/') || basename(path) !== name || path.includes('\uFFFD'))
    return err(`its standard output is not ${name}`);
  try {
    return ok({ folder: dirname(path), isDeleted, isHidden: isHiddenByMount(pid, 1, path) });
  } catch (error) {
    return err(`what its standard output was opened through cannot be read: ${errorCode(error)}`);
  }
}

/** The kernel appends this to the name of an unlinked file (proc_pid_fd(5)). */
const DELETED = ' (deleted)';

import { opendirSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Argv, MachineIdentity, ProcessEvidence } from '../../model/evidence.js';
import { err, ok, type Result } from '../../model/result.js';
import { errorCode, isGone } from '../../model/system-error.js';
import { isHiddenByMount } from './hidden-by-mount.js';
import { readKernelFile } from './kernel-file.js';

/** Linux reports process times in units of 1/100 s to user space on every architecture Node runs on (USER_HZ). */
const TICKS_PER_SECOND = 100;

export type ProcessResult =
  | { readonly kind: 'alive'; readonly process: ProcessEvidence }
  /** No such process, or only its zombie: it has exited and holds nothing. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'unreadable'; readonly why: string };

/** Reads what the kernel attests about one process. */
export function readProcess(pid: number): ProcessResult {
  const stat = readStat(pid);
  if (stat.kind !== 'alive') return stat;
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return {
      kind: 'alive',
      process: {
        pid,
        parentPid: stat.parentPid,
        startTicks: stat.startTicks,
        uid: effectiveUid(status),
        argv: readArgv(pid),
        executable: attempt(() => readlinkSync(`/proc/${pid}/exe`)),
        sharesOurFiles: attempt(() => shares(pid, 'ns/mnt') && shares(pid, 'root')),
        sharesOurPids: attempt(() => shares(pid, 'ns/pid')),
        residentBytes: attempt(() => residentBytes(status)),
        cpuSeconds: ok(stat.cpuTicks / TICKS_PER_SECOND),
        startedAt: attempt(() => startedAt(stat.startTicks)),
      },
    };
  } catch (error) {
    return isGone(error) ? { kind: 'gone' } : { kind: 'unreadable', why: errorCode(error) };
  }
}

export type Stat =
  | {
      readonly kind: 'alive';
      readonly parentPid: number;
      /** The session it is in, by the PID of the process that began it. */
      readonly session: number;
      readonly startTicks: number;
      readonly cpuTicks: number;
    }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unreadable'; readonly why: string };

/** Reads `/proc/<pid>/stat`. The command name in it may hold spaces and parentheses: fields count from the last `)`. */
export function readStat(pid: number | 'self'): Stat {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    return isGone(error) ? { kind: 'gone' } : { kind: 'unreadable', why: errorCode(error) };
  }
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  // Z is a zombie, X and x are dead: the exit has happened, whether or not a parent has collected it (pitfall 23).
  if (/^[ZXx]/.test(fields[0] ?? '')) return { kind: 'gone' };
  return {
    kind: 'alive',
    parentPid: field(4),
    session: field(6),
    cpuTicks: field(14) + field(15),
    startTicks: field(22),
  };
}

/** That of a daemon has two paths and a script of a few lines; any process can have one of 6 MB. */
const LONGEST_COMMAND_LINE = 64 * 1024;

/** Exact where the kernel's bytes are whole: each element ended by NUL, and valid UTF-8 (what is not, is replaced). */
function readArgv(pid: number): Result<Argv> {
  try {
    const text = readKernelFile(`/proc/${pid}/cmdline`, LONGEST_COMMAND_LINE);
    if (text === null) return err(`its command line is longer than ${LONGEST_COMMAND_LINE} bytes`);
    const exact = text.endsWith('\0') && !text.includes('\uFFFD');
    return ok({ elements: text.replace(/\0$/, '').split('\0'), exact });
  } catch (error) {
    return err(errorCode(error));
  }
}

/** Same mount namespace and same root directory: a path means the same to both of us. PID namespace: a number does. */
function shares(pid: number, link: 'ns/mnt' | 'root' | 'ns/pid'): boolean {
  return readlinkSync(`/proc/${pid}/${link}`) === readlinkSync(`/proc/self/${link}`);
}

/** Not the owner of `/proc/<pid>`: that is root for a process that may not be dumped. */
function effectiveUid(status: string): number {
  const match = /^Uid:\t\d+\t(\d+)\t/m.exec(status);
  if (!match) throw new Error('no Uid in its status');
  return Number(match[1]);
}

/** Whether every user id of a process is ours: a program that somebody else runs with our rights (su, sudo) is theirs. */
export function isWhollyOurs(pid: number): boolean {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const ids = /^Uid:\t(\d+)\t(\d+)\t(\d+)\t(\d+)$/m.exec(status)?.slice(1) ?? [];
  return ids.length > 0 && ids.every((id) => Number(id) === process.geteuid?.());
}

function residentBytes(status: string): number {
  const match = /^VmRSS:\s*(\d+) kB$/m.exec(status);
  if (!match) throw new Error('no VmRSS in its status');
  return Number(match[1]) * 1024;
}

/**
 * A number of seconds that a process has certainly existed for, possibly longer; negative where nothing is certain.
 *
 * It rests on our own process alone: the kernel counts our start and its start on one clock, and we have run for at
 * least as long as our monotonic clock says. `/proc/uptime` is no evidence, because a container may have one of its own
 * (lxcfs), by which a process of yesterday starts in the future. What our figure leaves out (time before our program was
 * loaded, time that the machine slept) can only make it smaller, and it grows with every second that we run.
 */
export function minimumAgeSeconds(startTicks: number): number {
  const own = readStat('self');
  if (own.kind !== 'alive') return -Infinity;
  // Both are rounded down: their difference may be too large by less than one tick.
  return (own.startTicks - sinceBoot(startTicks) - 1) / TICKS_PER_SECOND + process.uptime();
}

/** The kernel counts in nanoseconds of 64 bits, and prints ticks. */
const TICKS_OF_64_BITS = 2 ** 64 / (1e9 / TICKS_PER_SECOND);

/** A process that is older than the time namespace we are in started before its clock did: the kernel gives that number without a sign. */
function sinceBoot(startTicks: number): number {
  return startTicks < TICKS_OF_64_BITS / 2 ? startTicks : startTicks - TICKS_OF_64_BITS;
}

/** For display. `/proc/uptime` counts suspended time as well, but may be that of a container, and then is too small. */
function startedAt(startTicks: number): string {
  const [uptime = ''] = readFileSync('/proc/uptime', 'utf8').split(' ');
  const age = Math.max(
    Number(uptime) - sinceBoot(startTicks) / TICKS_PER_SECOND,
    minimumAgeSeconds(startTicks),
  );
  if (!(age >= 0)) throw new Error('its start is later than now');
  return new Date(Date.now() - age * 1000).toISOString();
}

/** CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH, as bits of a set of capabilities (capabilities(7)). */
const OPENS_ANY_FOLDER = 0b110n;

/**
 * Whether the kernel may let us open folders in `/proc` of processes of other effective users: only these capabilities
 * do, since `/proc/<pid>/fd` is for its owner alone. True where it is not known.
 */
export function opensFoldersOfOthers(): boolean {
  const status = orNull(() => readFileSync('/proc/self/status', 'utf8')) ?? '';
  const [, effective] = /^CapEff:\t([0-9a-f]+)$/m.exec(status) ?? [];
  return effective === undefined || (BigInt(`0x${effective}`) & OPENS_ANY_FOLDER) !== 0n;
}

/** Numbers of all processes that we can see. */
export function listPids(): number[] {
  return readdirSync('/proc').flatMap((name) => (isPid(name) ? [Number(name)] : []));
}

/** Entries that are read at a time: in about a millisecond. */
const ENTRIES_AT_A_TIME = 256;

/** The same, read piece by piece: to list 50,000 processes at once blocks the event loop for some 60 ms. */
export function* eachPid(): Generator<number, void> {
  const entries = opendirSync('/proc', { bufferSize: ENTRIES_AT_A_TIME });
  try {
    for (let entry = entries.readSync(); entry; entry = entries.readSync()) {
      if (isPid(entry.name)) yield Number(entry.name);
    }
  } finally {
    entries.closeSync();
  }
}

/** How many processes there are that we can see. */
export function countProcesses(): number {
  return listPids().length;
}

function isPid(name: string): boolean {
  return /^\d+$/.test(name);
}

function attempt<T>(look: () => T): Result<T> {
  try {
    return ok(look());
  } catch (error) {
    return err(errorCode(error));
  }
}

/** What a login and a few tools leave behind has some 10 kB; an environment can have 6 MB. */
const LONGEST_ENVIRONMENT = 1024 * 1024;

/**
 * Reads the named variables of a process's initial environment; the rest of it, secrets included, is not kept.
 * Of several entries with one name, getenv(3) and Python take the first, while other programs take the last: entries
 * that differ are not read, and neither is a value that is not UTF-8, which Python keeps byte by byte.
 */
export function readEnvironmentVariables<Name extends string>(
  pid: number,
  names: readonly Name[],
): Result<Partial<Record<Name, string>>> {
  let text: string;
  try {
    const whole = readKernelFile(`/proc/${pid}/environ`, LONGEST_ENVIRONMENT);
    if (whole === null) return err(`it is longer than ${LONGEST_ENVIRONMENT} bytes`);
    text = whole;
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

/** Reads what our PIDs, ports and boot times are relative to. */
export function readMachineIdentity(): MachineIdentity {
  return {
    machineId: orNull(() => readFileSync('/etc/machine-id', 'utf8').trim()),
    bootId: orNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    networkNamespace: orNull(() => readlinkSync('/proc/self/ns/net')),
  };
}

/** True when `/proc` describes the PID namespace we live in: only then is a PID in it one that we could mean. */
export function procDescribesUs(): boolean {
  try {
    return readlinkSync('/proc/self') === String(process.pid);
  } catch {
    return false;
  }
}

/** The kernel's constant for the first PID namespace (`PROC_PID_INIT_INO`). */
const FIRST_PID_NAMESPACE = 'pid:[4026531836]';

/** Whether every process of this machine has a PID for us: in a container, who seems gone may live outside. */
export function seesEveryProcess(): boolean {
  return orNull(() => readlinkSync('/proc/self/ns/pid')) === FIRST_PID_NAMESPACE;
}

/** Our own PID and those of our ancestors, nearest first. */
export function readLineage(): number[] {
  const lineage = [process.pid];
  for (let pid = process.ppid; pid > 0 && !lineage.includes(pid);) {
    lineage.push(pid);
    const stat = readStat(pid);
    if (stat.kind !== 'alive') break;
    pid = stat.parentPid;
  }
  return lineage;
}

/** Empty counts as unread: an image may come with an empty machine id. */
function orNull(look: () => string): string | null {
  try {
    return look() || null;
  } catch {
    return null;
  }
}

/** A log that a process has open, by the name that the kernel has for it now. */
export interface OpenLog {
  /** The folder that it lies in, or lay in when it was deleted; renames of the folder are followed. */
  readonly folder: string;
  readonly isDeleted: boolean;
  /** A mount lies over it: what is under its path now is something else. */
  readonly isHidden: boolean;
}

/**
 * Reads where the log is that a process writes its standard output to. Reads the link only, which touches no file
 * system. The path is one of our own tree only where the process shares it.
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

/** The kernel adds this to the name of a file that was unlinked (proc_pid_fd(5)). */
const DELETED = ' (deleted)';

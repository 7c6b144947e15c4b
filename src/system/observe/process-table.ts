import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type Argv, type ProcessEvidence, type Reading, read, unread } from '../../model/evidence.js';
import { readKernelFile } from './kernel-file.js';
import { errorCode, isGone } from './system-error.js';

/** Linux reports process times in units of 1/100 s to user space on every architecture Node runs on (USER_HZ). */
const TICKS_PER_SECOND = 100;

export type ProcessReading =
  | { readonly kind: 'alive'; readonly process: ProcessEvidence }
  /** No such process, or only its zombie: it has exited and holds nothing. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'unreadable'; readonly why: string };

/** Reads what the kernel attests about one process. */
export function readProcess(pid: number): ProcessReading {
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
        cpuSeconds: read(stat.cpuTicks / TICKS_PER_SECOND),
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
function readArgv(pid: number): Reading<Argv> {
  try {
    const text = readKernelFile(`/proc/${pid}/cmdline`, LONGEST_COMMAND_LINE);
    if (text === null) return unread(`its command line is longer than ${LONGEST_COMMAND_LINE} bytes`);
    const exact = text.endsWith('\0') && !text.includes('\uFFFD');
    return read({ elements: text.replace(/\0$/, '').split('\0'), exact });
  } catch (error) {
    return unread(errorCode(error));
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
export function certainAgeSeconds(startTicks: number): number {
  const own = readStat('self');
  if (own.kind !== 'alive') return -Infinity;
  // Both are rounded down: their difference may be too large by less than one tick.
  return (own.startTicks - startTicks - 1) / TICKS_PER_SECOND + process.uptime();
}

/** For display. `/proc/uptime` counts suspended time as well, but may be that of a container, and then is too small. */
function startedAt(startTicks: number): string {
  const [uptime = ''] = readFileSync('/proc/uptime', 'utf8').split(' ');
  const age = Math.max(Number(uptime) - startTicks / TICKS_PER_SECOND, certainAgeSeconds(startTicks));
  if (!(age >= 0)) throw new Error('its start is later than now');
  return new Date(Date.now() - age * 1000).toISOString();
}

/** Numbers of all processes that we can see. */
export function listPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function attempt<T>(look: () => T): Reading<T> {
  try {
    return read(look());
  } catch (error) {
    return unread(errorCode(error));
  }
}

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Counters, ProcessActivity, Suspension } from '../../model/evidence.js';
import { ok, type Result, err } from '../../model/result.js';
import { errorCode } from '../../model/system-error.js';

/** Limit for the threads of a process. Daemons have fewer than 100. */
const MOST_THREADS = 1000;

/** Reads the state of a process's threads and its activity counters. */
export function readProcessActivity(pid: number): Result<ProcessActivity> {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    if (threads.length > MOST_THREADS) return err(`it has more than ${MOST_THREADS} threads`);
    const seen = threads.map((thread) => readThread(`/proc/${pid}/task/${thread}`));
    return ok({
      suspension: suspensionOf(pid, seen),
      awake: seen.map(awakeText).find((words) => words !== undefined) ?? null,
      counters: {
        cpuTicks: sum(seen, ({ cpuTicks }) => cpuTicks),
        contextSwitches: sum(seen, ({ contextSwitches }) => contextSwitches),
        bytesRead: numberIn(readFileSync(`/proc/${pid}/io`, 'utf8'), 'rchar'),
      },
    });
  } catch (error) {
    return err(`its activity cannot be read (${errorCode(error)})`);
  }
}

/**
 * The thread states of proc_pid_stat(5) that count as awake, with their descriptions. The states `S` and `I` are
 * asleep.
 */
const AWAKE: Readonly<Record<string, string>> = {
  R: 'it is running or waiting for a CPU',
  D: 'it is waiting for a device or a file system',
};
/**
 * Kernel functions in which a thread waits for a FUSE server. Such a thread has the state `S`, because a signal can end
 * the wait, but it counts as awake.
 */
const WAITS_FOR_FUSE = /^(?:request_wait_answer|fuse_\w+)/;
const STOPPED = 'T';
const TRACED = 't';

interface Thread extends Omit<Counters, 'bytesRead'> {
  readonly state: string;
  /** The kernel function that the thread waits in (`/proc/<pid>/wchan`), or `0`. */
  readonly waitsIn: string;
  readonly tracer: number;
}

function readThread(folder: string): Thread {
  const stat = readFileSync(join(folder, 'stat'), 'utf8');
  const status = readFileSync(join(folder, 'status'), 'utf8');
  // The command name may contain spaces and parentheses: fields count from the last `)`.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    state: fields[0] ?? '',
    waitsIn: readFileSync(join(folder, 'wchan'), 'utf8'),
    tracer: numberIn(status, 'TracerPid'),
    cpuTicks: Number(fields[11]) + Number(fields[12]),
    contextSwitches:
      numberIn(status, 'voluntary_ctxt_switches') + numberIn(status, 'nonvoluntary_ctxt_switches'),
  };
}

function awakeText({ state, waitsIn }: Thread): string | undefined {
  return AWAKE[state] ?? (WAITS_FOR_FUSE.test(waitsIn) ? AWAKE['D'] : undefined);
}

function suspensionOf(pid: number, threads: readonly Thread[]): Suspension | null {
  const tracer = threads.find(({ tracer }) => tracer !== 0)?.tracer;
  if (tracer !== undefined) return { kind: 'traced', by: tracer };
  // TracerPid is 0 for a tracer in another PID namespace.
  if (threads.some(({ state }) => state === TRACED)) return { kind: 'traced', by: 0 };
  if (threads.some(({ state }) => state === STOPPED)) return { kind: 'stopped' };
  const freezer = freezerOf(pid);
  return freezer === null ? null : { kind: 'frozen', freezer };
}

/**
 * Finds the file that thaws the frozen control group of a process. The group must be read, because the state of a
 * frozen process is asleep. Our own groups and root groups are never frozen, so they are not read.
 * @returns null if no group of the process is frozen
 * @throws the system's error if the groups cannot be read
 */
function freezerOf(pid: number): string | null {
  const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  if (groups === readFileSync('/proc/self/cgroup', 'utf8')) return null;
  for (const line of groups.trimEnd().split('\n')) {
    const [hierarchy = '', controllers = '', ...rest] = line.split(':');
    const group = rest.join(':');
    if (group === '/') continue;
    if (hierarchy === '0') {
      const frozen = highestGroup(
        cgroup2Folder(),
        group,
        (folder) => linesOf(folder, 'cgroup.freeze')[0] === '1',
      );
      if (frozen !== null) return join(frozen, 'cgroup.freeze');
    } else if (controllers.split(',').includes('freezer')) {
      const folder = '/sys/fs/cgroup/freezer';
      const frozen = highestGroup(folder, group, (each) => linesOf(each, 'freezer.self_freezing')[0] === '1');
      if (frozen !== null) return join(frozen, 'freezer.state');
    }
  }
  return null;
}

/**
 * Returns the folder of control groups version 2. systemd's hybrid layout mounts them in `unified`, beside the folders
 * of version 1.
 */
function cgroup2Folder(): string {
  return existsSync('/sys/fs/cgroup/cgroup.controllers') ? '/sys/fs/cgroup' : '/sys/fs/cgroup/unified';
}

/**
 * Finds the highest group for which `passes` is true, among a group and its ancestors; null if there is none. A group
 * stays frozen as long as an ancestor is frozen.
 */
function highestGroup(hierarchy: string, group: string, passes: (folder: string) => boolean): string | null {
  let found: string | null = null;
  for (let at = group; at !== '/' && at !== '.'; at = dirname(at)) {
    if (passes(join(hierarchy, at))) found = join(hierarchy, at);
  }
  return found;
}

function linesOf(folder: string, file: string): readonly string[] {
  return readFileSync(join(folder, file), 'utf8').split('\n');
}

/**
 * Reads the number in the line that begins with `name`.
 * @throws an error if there is no such line
 */
function numberIn(text: string, name: string): number {
  const line = text.split('\n').find((each) => each.startsWith(`${name}:`) || each.startsWith(`${name} `));
  if (line === undefined) throw new Error(`no ${name}`);
  return Number(line.slice(name.length + 1).trim());
}

function sum<T>(all: readonly T[], count: (one: T) => number): number {
  return all.reduce((total, one) => total + count(one), 0);
}

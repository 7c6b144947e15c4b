import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Counters, ProcessActivity, Suspension } from '../../model/evidence.js';
import { ok, type Result, err } from '../../model/result.js';
import { errorCode } from '../../model/system-error.js';

/** No daemon has more than some tens. */
const MOST_THREADS = 1000;

/** Reads what each thread of a process is doing, and what all of them have done so far. */
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
    return err(`what it is doing cannot be read (${errorCode(error)})`);
  }
}

/** States of proc_pid_stat(5) other than asleep (`S`, `I`). */
const AWAKE: Readonly<Record<string, string>> = {
  R: 'it is running, or waits for a CPU',
  D: 'it waits for a device or a file system',
};
/** Where the kernel waits for the server of a FUSE file system: asleep, as it says, for a signal could end that. */
const WAITS_FOR_FUSE = /^(?:request_wait_answer|fuse_\w+)/;
const STOPPED = 'T';
const TRACED = 't';

interface Thread extends Omit<Counters, 'bytesRead'> {
  readonly state: string;
  /** The function of the kernel that it waits in, where that is told. */
  readonly waitsIn: string;
  readonly tracer: number;
}

function readThread(folder: string): Thread {
  const stat = readFileSync(join(folder, 'stat'), 'utf8');
  const status = readFileSync(join(folder, 'status'), 'utf8');
  // The command name may hold spaces and parentheses: fields count from the last `)`.
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
  // A tracer of another PID namespace has the number 0 here.
  if (threads.some(({ state }) => state === TRACED)) return { kind: 'traced', by: 0 };
  if (threads.some(({ state }) => state === STOPPED)) return { kind: 'stopped' };
  const freezer = freezerOf(pid);
  return freezer === null ? null : { kind: 'frozen', freezer };
}

/**
 * The file that thaws the control group of a process, where that is frozen: a frozen process looks asleep. What is in
 * our own groups is not frozen, since we run; nor can a root group be.
 * @throws what `open(2)` and `read(2)` fail with, where it cannot be told
 */
function freezerOf(pid: number): string | null {
  const groups = readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  if (groups === readFileSync('/proc/self/cgroup', 'utf8')) return null;
  for (const line of groups.trimEnd().split('\n')) {
    const [hierarchy = '', controllers = '', ...rest] = line.split(':');
    const group = rest.join(':');
    if (group === '/') continue;
    if (hierarchy === '0') {
      const frozen = highest(cgroup2Folder(), group, (folder) => linesOf(folder, 'cgroup.freeze')[0] === '1');
      if (frozen !== null) return join(frozen, 'cgroup.freeze');
    } else if (controllers.split(',').includes('freezer')) {
      const folder = '/sys/fs/cgroup/freezer';
      const frozen = highest(folder, group, (each) => linesOf(each, 'freezer.self_freezing')[0] === '1');
      if (frozen !== null) return join(frozen, 'freezer.state');
    }
  }
  return null;
}

/** Where both versions are mounted, version 2 has a folder of its own (systemd's hybrid layout). */
function cgroup2Folder(): string {
  return existsSync('/sys/fs/cgroup/cgroup.controllers') ? '/sys/fs/cgroup' : '/sys/fs/cgroup/unified';
}

/** The highest group on the way to this one that passes: what is below a frozen group thaws with it. */
function highest(hierarchy: string, group: string, passes: (folder: string) => boolean): string | null {
  let found: string | null = null;
  for (let at = group; at !== '/' && at !== '.'; at = dirname(at)) {
    if (passes(join(hierarchy, at))) found = join(hierarchy, at);
  }
  return found;
}

function linesOf(folder: string, file: string): readonly string[] {
  return readFileSync(join(folder, file), 'utf8').split('\n');
}

/** @throws where there is no such line */
function numberIn(text: string, name: string): number {
  const line = text.split('\n').find((each) => each.startsWith(`${name}:`) || each.startsWith(`${name} `));
  if (line === undefined) throw new Error(`no ${name}`);
  return Number(line.slice(name.length + 1).trim());
}

function sum<T>(all: readonly T[], count: (one: T) => number): number {
  return all.reduce((total, one) => total + count(one), 0);
}

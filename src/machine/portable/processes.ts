import type { ProcessDescription } from '../../model/evidence.js';
import {} from '../../model/product.js';
import { ok, type Result, err } from '../../model/result.js';
import { listPids } from '../linux/processes.js';
import { HERE } from '../runtime.js';
import { type ProcessRow, processRows } from './system-information.js';

/**
 * On Linux systeminformation reads all processes with one shell command line. At some 6000 processes that is too long
 * for the kernel, and it dies of it in a callback, where nobody can catch it.
 */
const MOST_PROCESSES = 3000;

/** Describes processes as `ps` prints them. Whatever is not said of one is unread, with the reason. */
export async function describeProcesses(
  pids: readonly number[],
): Promise<(pid: number) => ProcessDescription> {
  const rows = await rowsFor(pids);
  const habits = {
    isWindows: HERE.isWindows,
    minutesBehind: new Date().getTimezoneOffset(),
  };
  const byPid = new Map(rows.ok ? rows.value.map((row) => [row.pid, row]) : []);
  return (pid) => {
    const row = byPid.get(pid);
    return row
      ? describe(row, habits)
      : undescribed(pid, rows.ok ? 'it is not in the process list' : rows.why);
  };
}

async function rowsFor(pids: readonly number[]): Promise<Result<readonly ProcessRow[]>> {
  if (pids.length === 0) return ok([]);
  if (HERE.canAct && listPids().length > MOST_PROCESSES) {
    return err(`systeminformation cannot list more than ${MOST_PROCESSES} processes`);
  }
  return processRows();
}

/** What a row means depends on the system it was made on. */
export interface Habits {
  readonly isWindows: boolean;
  /** How far local time is behind UTC now, in minutes. */
  readonly minutesBehind: number;
}

/** Puts a row together again: where one argument ended and the next began is lost. */
export function describe(row: ProcessRow, habits: Habits): ProcessDescription {
  const program = row.path === '' ? row.command : `${row.path}/${row.command}`;
  const line = habits.isWindows ? row.command : `${program} ${row.params}`.trimEnd();
  // The guess at where the program's name ends may reach into its arguments, and those are nobody's business.
  const [firstWord = ''] = line.split(' ');
  return {
    pid: row.pid,
    parentPid: Number.isSafeInteger(row.parentPid) ? row.parentPid : null,
    argv: ok({ elements: [line], exact: false }),
    executable: ok(habits.isWindows && row.path ? row.path : firstWord),
    residentBytes: Number.isFinite(row.memRss) ? ok(row.memRss * 1024) : err('no memory in the list'),
    cpuSeconds: err('systeminformation knows shares of a CPU only'),
    startedAt: startedAt(row.started, habits),
  };
}

/**
 * The local time of a start, as text without a zone. Where it was counted back from the age (all but Windows) it was
 * written with the offset of now, also when the process started in the other half of the year (pitfall 37).
 */
function startedAt(text: string, { isWindows, minutesBehind }: Habits): Result<string> {
  const local = text.replace(' ', 'T');
  const milliseconds = isWindows ? Date.parse(local) : Date.parse(`${local}Z`) + minutesBehind * 60_000;
  return Number.isFinite(milliseconds)
    ? ok(new Date(milliseconds).toISOString())
    : err('no start time in the process list');
}

function undescribed(pid: number, why: string): ProcessDescription {
  const nothing = err(why);
  return {
    pid,
    parentPid: null,
    argv: nothing,
    executable: nothing,
    residentBytes: nothing,
    cpuSeconds: nothing,
    startedAt: nothing,
  };
}

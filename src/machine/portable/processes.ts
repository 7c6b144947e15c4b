import type { ProcessDescription } from '../../model/evidence.js';
import { ok, type Result, err } from '../../model/result.js';
import { CURRENT_PLATFORM } from '../runtime.js';
import { type ProcessRow, processRows } from './system-information.js';

/**
 * Reads the process list of `ps` and returns a function that describes a process from that list. A value that `ps` does
 * not print is an error with the reason.
 */
export async function describeProcesses(
  pids: readonly number[],
): Promise<(pid: number) => ProcessDescription> {
  const rows = pids.length === 0 ? ok([]) : await processRows();
  const format = {
    isWindows: CURRENT_PLATFORM.isWindows,
    minutesBehind: new Date().getTimezoneOffset(),
  };
  const byPid = new Map(rows.ok ? rows.value.map((row) => [row.pid, row]) : []);
  return (pid) => {
    const row = byPid.get(pid);
    return row
      ? describe(row, format)
      : undescribed(pid, rows.ok ? 'it is not in the process list' : rows.why);
  };
}

/** The settings of this system on which the meaning of a row depends. */
export interface PlatformFormat {
  readonly isWindows: boolean;
  /** How many minutes local time is behind UTC now. */
  readonly minutesBehind: number;
}

/**
 * Describes a process from its row. The parts of the row are joined to one command line, so the boundaries between
 * arguments are lost.
 */
export function describe(row: ProcessRow, format: PlatformFormat): ProcessDescription {
  const program = row.path === '' ? row.command : `${row.path}/${row.command}`;
  const line = format.isWindows ? row.command : `${program} ${row.params}`.trimEnd();
  // `program` may contain arguments, because the package guesses where the name ends. Only the first word is used, so
  // that no argument is shown as the executable.
  const [firstWord = ''] = line.split(' ');
  return {
    pid: row.pid,
    parentPid: row.parentPid,
    argv: ok({ elements: [line], exact: false }),
    executable: ok(format.isWindows && row.path ? row.path : firstWord),
    residentBytes: row.memRss === null ? err('no memory in the process list') : ok(row.memRss * 1024),
    cpuSeconds: err('systeminformation gives CPU use only in percent'),
    startedAt: parseStartTime(row.started, format),
  };
}

/**
 * Parses a start time, which is local time without a zone. On all systems but Windows the package computes it from the
 * process's age with today's UTC offset, also for a start before the last change of daylight saving (pitfall 37). So
 * this function uses today's offset too.
 */
function parseStartTime(text: string, { isWindows, minutesBehind }: PlatformFormat): Result<string> {
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

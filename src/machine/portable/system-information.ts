import { createRequire } from 'node:module';
import { ok, type Result, err } from '../../model/result.js';
import { errorCode } from '../../model/system-error.js';
import { outputOf } from '../program-output.js';

/** A parsed line of `netstat` or `ss`. A value that a system does not show is null or empty. */
export interface ConnectionRow {
  readonly protocol: string;
  readonly localAddress: string;
  readonly localPort: string;
  readonly state: string;
  readonly pid: number | null;
}

/** A line of `ps`, split at guessed boundaries. `memRss` is in KiB. */
export interface ProcessRow {
  readonly pid: number;
  readonly parentPid: number | null;
  readonly memRss: number | null;
  readonly started: string;
  readonly command: string;
  readonly params: string;
  readonly path: string;
}

/** Lists connections and listeners. The package returns an empty list if the programs that it runs are missing. */
export function connectionRows(): Promise<Result<readonly ConnectionRow[]>> {
  return ask<readonly ConnectionRow[]>('networkConnections');
}

export async function processRows(): Promise<Result<readonly ProcessRow[]>> {
  const answer = await ask<{ readonly list: readonly ProcessRow[] }>('processes');
  return answer.ok ? ok(answer.value.list) : answer;
}

/**
 * Calls a function of the package `systeminformation` in a process of its own. The package runs other programs without
 * a deadline, and another user's process can keep `ps` and `ss` waiting for ever. It also throws some errors where they
 * cannot be caught: with about 6000 processes its shell command is too long for the kernel.
 * @returns what the function returned, as JSON carries it: NaN is null
 */
async function ask<T>(call: 'networkConnections' | 'processes'): Promise<Result<T>> {
  try {
    const require = createRequire(import.meta.filename);
    const path = require.resolve('systeminformation');
    const argv = [process.execPath, '-e', PROGRAM, path, call, String(DEADLINE_MS)];
    const output = await outputOf(argv, { deadlineMs: DEADLINE_MS + SPARE_MS, longest: LONGEST_ANSWER });
    if (!output.ok) return failed(output.why);
    if (output.text === '') return failed('it ended without an answer');
    return ok(JSON.parse(output.text) as T);
  } catch (error) {
    return failed(errorCode(error));
  }
}

function failed(why: string): Result<never> {
  return err(`systeminformation failed (${why})`);
}

/** The programs take a tenth of a second, and seconds on a busy machine. */
const DEADLINE_MS = 10_000;
const SPARE_MS = 1000;
const LONGEST_ANSWER = 32 * 1024 * 1024;

/**
 * Prints the answer. At the deadline the process ends its own process group, which it leads, and thus the programs that
 * the package started.
 */
const PROGRAM = `
const [, path, call, deadlineMs] = process.argv;
setTimeout(() => process.kill(0, 'SIGKILL'), Number(deadlineMs)).unref();
require(path)[call]().then((answer) => process.stdout.write(JSON.stringify(answer)));
`;

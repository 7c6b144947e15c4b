import { ok, type Result, err } from '../../model/result.js';
import { errorCode } from '../../model/system-error.js';

/** A parsed line of `netstat` or `ss`. A value that a system does not show is null, NaN or empty. */
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
  readonly parentPid: number;
  readonly memRss: number;
  readonly started: string;
  readonly command: string;
  readonly params: string;
  readonly path: string;
}

/**
 * Lists connections and listeners with the package `systeminformation`, which runs other programs and returns an empty
 * list if they are missing. The package is large, so it is loaded at the first call. Only this file imports it.
 */
export async function connectionRows(): Promise<Result<readonly ConnectionRow[]>> {
  return ask(async () => (await import('systeminformation')).networkConnections());
}

export async function processRows(): Promise<Result<readonly ProcessRow[]>> {
  return ask(async () => (await (await import('systeminformation')).processes()).list);
}

async function ask<T>(question: () => Promise<T>): Promise<Result<T>> {
  try {
    return ok(await question());
  } catch (error) {
    return err(`systeminformation failed (${errorCode(error)})`);
  }
}

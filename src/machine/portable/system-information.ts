import { ok, type Result, err } from '../../model/result.js';
import { errorCode } from '../../model/system-error.js';

/** A line of `netstat` or `ss`, taken apart. What a system does not show is null, NaN or empty. */
export interface ConnectionRow {
  readonly protocol: string;
  readonly localAddress: string;
  readonly localPort: string;
  readonly state: string;
  readonly pid: number | null;
}

/** A line of `ps`, taken apart at guessed boundaries. */
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
 * The only place that knows the package `systeminformation`. It is loaded when first asked: it is large, and it runs
 * other programs. It never rejects for want of them: an empty list may mean that it could not look.
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

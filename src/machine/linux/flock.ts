import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ok, type Result, err } from '../../model/result.js';
import { monotonicMs } from '../runtime.js';
import { errorCode, isGone } from '../../model/system-error.js';
import { loadLibc } from './libc.js';

export type FileLock =
  | {
      readonly kind: 'held';
      /** The open file that carries it: a process that inherits it holds the lock too. */
      readonly descriptor: number;
      release(): void;
    }
  /** Somebody else has it, and kept it for as long as we were willing to wait. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'impossible'; readonly why: string };

/** What `flock(1)` exits with when somebody else has the lock. */
const FLOCK_BUSY = 1;
const POLL_MS = 25;

/**
 * Takes the advisory lock that Python releases take with `flock(LOCK_EX)`. The kernel drops it with our process,
 * however that ends.
 * @param waitMs how long to wait for it; 0 tries once
 */
export async function lockFile(path: string, waitMs: number): Promise<FileLock> {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    return { kind: 'impossible', why: `${path}: ${errorCode(error)}` };
  }
  const end = monotonicMs() + waitMs;
  for (;;) {
    const result = await tryLock(descriptor);
    if (result === 'held') return { kind: 'held', descriptor, release: releaseOnce(descriptor) };
    if (result !== 'busy' || monotonicMs() >= end) {
      closeSync(descriptor);
      return result === 'busy' ? { kind: 'busy' } : { kind: 'impossible', why: result.why };
    }
    await sleep(POLL_MS);
  }
}

/** Whether somebody holds it: tried once, and neither created nor kept. */
export async function isLocked(path: string): Promise<Result<boolean>> {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    return isGone(error) ? ok(false) : err(`${path}: ${errorCode(error)}`);
  }
  const result = await tryLock(descriptor);
  closeSync(descriptor);
  if (result === 'held' || result === 'busy') return ok(result === 'busy');
  return err(`${path}: ${result.why}`);
}

async function tryLock(descriptor: number): Promise<'held' | 'busy' | { readonly why: string }> {
  const reading = await loadLibc();
  if (!reading.ok) return tryWithFlockProgram(descriptor);
  const result = reading.libc.tryFlock(descriptor);
  if (result === 0) return 'held';
  return result === 'EAGAIN' || result === 'EWOULDBLOCK' ? 'busy' : { why: String(result) };
}

/** The lock belongs to the open file, which the program inherits and we keep: it outlives the program. */
async function tryWithFlockProgram(descriptor: number): Promise<'held' | 'busy' | { readonly why: string }> {
  try {
    const program = spawn('flock', ['-x', '-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', descriptor] });
    const [code] = (await once(program, 'exit')) as [number | null];
    if (code === 0) return 'held';
    return code === FLOCK_BUSY ? 'busy' : { why: `flock exited with ${String(code)}` };
  } catch (error) {
    return { why: `neither koffi nor flock is there (${errorCode(error)})` };
  }
}

function releaseOnce(descriptor: number): () => void {
  let isOpen = true;
  return () => {
    if (isOpen) closeSync(descriptor);
    isOpen = false;
  };
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, fchmodSync, fstatSync, openSync, statfsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { ok, type Result, err } from '../../model/result.js';
import { monotonicMs } from '../runtime.js';
import { errorCode, isGone } from '../../model/system-error.js';
import { loadLibc } from './libc.js';
import { inertName } from '../../text/terminal.js';

export type FileLock =
  | {
      readonly kind: 'held';
      /** Descriptor of the open file that has the lock. A process that inherits this descriptor has the lock too. */
      readonly descriptor: number;
      release(): void;
    }
  /** Another process kept the lock for the whole wait. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'impossible'; readonly why: string };

/** Exit code of `flock(1)` when another process has the lock. */
const FLOCK_BUSY = 1;
const POLL_MS = 25;

/**
 * Takes the advisory lock that released Python versions take with `flock(LOCK_EX)`, and creates the file if needed. The
 * kernel releases the lock when our process ends, even after a crash. The file is made private first, because released
 * versions let other users open it, and a user who has opened it could hold the lock for ever.
 * @param waitMs how long to wait for the lock, in milliseconds; 0 tries once
 */
export async function lockFile(path: string, waitMs: number): Promise<FileLock> {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    return { kind: 'impossible', why: `${inertName(path)}: ${errorCode(error)}` };
  }
  makePrivate(descriptor);
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

/** Takes the file from other users if it is ours. A file system without modes refuses, and the lock works all the same. */
function makePrivate(descriptor: number): void {
  const { uid, mode } = fstatSync(descriptor);
  if (uid !== process.geteuid?.() || (mode & 0o077) === 0) return;
  try {
    fchmodSync(descriptor, 0o600);
  } catch {
    // The users who may open the file are those who could open it before.
  }
}

/**
 * Whether a process has the lock on a file. Tries once to take the lock; creates no file and keeps no lock. False if
 * the file is missing.
 */
export async function isLocked(path: string): Promise<Result<boolean>> {
  let descriptor: number;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  } catch (error) {
    return isGone(error) ? ok(false) : err(`${inertName(path)}: ${errorCode(error)}`);
  }
  const result = await tryLock(descriptor);
  closeSync(descriptor);
  if (result === 'held' || result === 'busy') return ok(result === 'busy');
  return err(`${inertName(path)}: ${result.why}`);
}

/** Local file systems, by their numbers in statfs(2). */
const LOCAL_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // xfs
  0x9123683e, // btrfs
  0x2fc12fc1, // zfs
  0xf2f52010, // f2fs
  0xca451a4e, // bcachefs
  0x01021994, // tmpfs
]);

/**
 * The file system of most containers. A lock on a file of its lower folder is not seen through it (observed), so a home
 * that is mounted through it shows no locks that were taken on the home itself.
 */
const OVERLAY = 0x794c7630;

/** Whether everyone who uses the file system of a path sees the locks on it. False if it is not known. */
export function hasVisibleLocks(path: string): boolean {
  return LOCAL_FILE_SYSTEMS.has(fileSystemOf(path) ?? 0);
}

/**
 * Returns the number of the file system of a path in statfs(2) if everyone who has the path on such a file system sees
 * the locks on it; null if that is not known.
 */
export function lockingFileSystemOf(path: string): number | null {
  const type = fileSystemOf(path);
  return type !== null && (LOCAL_FILE_SYSTEMS.has(type) || type === OVERLAY) ? type : null;
}

function fileSystemOf(path: string): number | null {
  try {
    return statfsSync(path).type;
  } catch {
    return null;
  }
}

/**
 * Whether a file exists whose lock was certainly released. False if the file is missing, because somebody may have
 * removed it, and if not everyone who uses its file system sees its locks.
 * @param fileSystem the file system on which the lock was taken; null if it is not known
 */
export async function isReleased(path: string, fileSystem: number | null): Promise<boolean> {
  if (!existsSync(path)) return false;
  if (fileSystem === null ? !hasVisibleLocks(path) : lockingFileSystemOf(path) !== fileSystem) return false;
  const locked = await isLocked(path);
  return locked.ok && !locked.value;
}

async function tryLock(descriptor: number): Promise<'held' | 'busy' | { readonly why: string }> {
  const loaded = await loadLibc();
  if (!loaded.ok) return tryWithFlockProgram(descriptor);
  const result = loaded.libc.tryFlock(descriptor);
  if (result === 0) return 'held';
  return result === 'EAGAIN' || result === 'EWOULDBLOCK' ? 'busy' : { why: String(result) };
}

/**
 * Tries to take the lock with `flock(1)`, which inherits our open file. The lock belongs to that open file, so we have
 * the lock after `flock(1)` has exited.
 */
async function tryWithFlockProgram(descriptor: number): Promise<'held' | 'busy' | { readonly why: string }> {
  try {
    const program = spawn('flock', ['-x', '-n', '3'], { stdio: ['ignore', 'ignore', 'ignore', descriptor] });
    const [code] = (await once(program, 'exit')) as [number | null];
    if (code === 0) return 'held';
    return code === FLOCK_BUSY ? 'busy' : { why: `flock exited with ${String(code)}` };
  } catch (error) {
    return { why: `neither koffi nor flock(1) can be used (${errorCode(error)})` };
  }
}

function releaseOnce(descriptor: number): () => void {
  let isOpen = true;
  return () => {
    if (isOpen) closeSync(descriptor);
    isOpen = false;
  };
}

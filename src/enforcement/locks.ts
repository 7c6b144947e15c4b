import { dirname, join } from 'node:path';
import { type FileLock } from '../machine/linux/flock.js';
import type { Machine, Observer } from '../machine/machine.js';
import type { Family } from '../model/family.js';
import { DAEMON_FILES } from '../model/root.js';
import { remedyText } from '../model/root-problem.js';
import { inertName, shellQuote, sudoAs } from '../text/terminal.js';
import { explainRoot } from './root-problem.js';
import { during } from './waits.js';

/** In milliseconds: how long we hold the start lock by default, and how long a reset waits for it. */
export const LOCK_MS = 1000;

/**
 * How long each attempt to scan under the start lock may hold it. Other users can slow a scan down: they may run tens
 * of thousands of processes. Every released program waits 10 s for the lock, so its start gets the lock in time even if
 * it waits for all attempts of one command (ADR 7).
 */
export const LOCK_MS_OF_ATTEMPTS: readonly number[] = [LOCK_MS, 4000];

/**
 * Longer than the interval at which a waiting program tries the lock, so that it gets the lock between two attempts.
 */
const PAUSE_BETWEEN_ATTEMPTS_MS = 250;

/**
 * Makes attempts under the start lock until one finishes before its lock expires, at most one for each entry of
 * `LOCK_MS_OF_ATTEMPTS`.
 * @param attempt makes one attempt, given how long it may hold the lock; returns null if the lock expired
 * @returns null if the lock expired in every attempt
 */
export async function attemptUnderLock<T>(
  { clock }: Observer,
  attempt: (keepMs: number) => Promise<T | null>,
): Promise<T | null> {
  for (const [index, keepMs] of LOCK_MS_OF_ATTEMPTS.entries()) {
    if (index > 0) await clock.sleep(PAUSE_BETWEEN_ATTEMPTS_MS);
    const result = await attempt(keepMs);
    if (result !== null) return result;
  }
  return null;
}

/** Returns why the lock expired in every attempt, and what the user can do. */
export function lockExpired({ processes }: Observer): { readonly why: string; readonly remedy: string } {
  const seconds = Math.max(...LOCK_MS_OF_ATTEMPTS) / 1000;
  return {
    why: `the scan took longer than ${seconds} s, among ${processes.count()} processes on this machine, and other programs are not kept from starting a daemon for longer`,
    remedy:
      'run this command again when the machine is less busy; `ps -eo user= | sort | uniq -c` counts the processes of each user',
  };
}

/**
 * The lock that every version of the program holds while it starts a daemon (only released dashboards are started
 * without this lock). While we hold the lock, no other program starts a daemon of the root, so a scan stays true. The
 * lock is released after a limited time, unless it is handed to a daemon that is being started. `daemon/ensure.ts`
 * starts daemons under this lock, and `reset.ts` scans under it.
 */
export interface StartLock {
  /** Whether the lock is still held. If not, a daemon may have been started since, so the scan must not be used. */
  isHeld(): boolean;
  /**
   * Cancels the time limit, so that a daemon that is being started can inherit the lock.
   * @returns the file descriptor that carries the lock, for the daemon to inherit
   * @throws if the lock was released: the descriptor is closed, and its number may belong to another file
   */
  handOver(): number;
  release(): void;
}

export type StartLockResult =
  { readonly kind: 'held'; readonly lock: StartLock } | Exclude<FileLock, { kind: 'held' }>;

/**
 * Takes the start lock of a root.
 * @param waitMs how long to wait for the lock
 * @param keepMs how long to hold the lock at most
 */
export async function takeStartLock(
  machine: Machine,
  family: Family,
  root: string,
  waitMs: number,
  keepMs = LOCK_MS,
): Promise<StartLockResult> {
  const path = join(root, DAEMON_FILES[family].lock);
  const problem = prepareFolders(machine, family, root);
  if (problem !== null) return { kind: 'impossible', why: problem };
  const wait = {
    doing: `taking ${DAEMON_FILES[family].lock}, which every start of a daemon takes`,
    atMostMs: waitMs,
  };
  const lock = await during(machine, wait, machine.actor.lock(path, waitMs));
  if (lock.kind !== 'held') return lock;
  let isHeld = true;
  const release = (): void => {
    isHeld = false;
    timer.cancel();
    lock.release();
  };
  const timer = machine.observer.clock.after(keepMs, release);
  return {
    kind: 'held',
    lock: {
      isHeld: () => isHeld,
      handOver() {
        if (!isHeld) throw new Error('the start lock was released before it could be handed over');
        timer.cancel();
        return lock.descriptor;
      },
      release,
    },
  };
}

/**
 * Takes the sweep lock of a root, without waiting. Only our programs use it; it excludes a second sweep of the root.
 */
export async function takeSweepLock(machine: Machine, family: Family, root: string): Promise<FileLock> {
  const path = join(root, DAEMON_FILES[family].sweepLock);
  const problem = prepareFolders(machine, family, root);
  return problem === null ? machine.actor.lock(path, 0) : { kind: 'impossible', why: problem };
}

/** Creates the folders of our files. @returns why this failed, or null; after a failure no lock may be taken */
function prepareFolders(machine: Machine, family: Family, root: string): string | null {
  const { lock, sweepLock, ignoreFile } = DAEMON_FILES[family];
  const problem =
    linkInCheckout(machine.observer, family, root) ??
    machine.actor.files.makePrivateFolder(join(root, lock)) ??
    machine.actor.files.makePrivateFolder(join(root, sweepLock)) ??
    (ignoreFile === null ? null : keepOutOfRepository(machine, join(root, ignoreFile)));
  return problem === null ? null : `cannot keep a journal in ${inertName(root)}: ${problem}`;
}

/** Finds a symbolic link among our folders in a checkout, which could lead to another root. @returns a text, or null */
function linkInCheckout(observer: Observer, family: Family, root: string): string | null {
  const { ignoreFile, identityFolder } = DAEMON_FILES[family];
  if (ignoreFile === null) return null;
  for (let path = identityFolder; path !== '.'; path = dirname(path)) {
    if (observer.files.isLink(join(root, path))) return `${inertName(path)} is a symbolic link`;
  }
  return null;
}

/** Makes git ignore our folder: an identity record contains a secret, and could be committed by accident. */
function keepOutOfRepository(machine: Machine, ignoreFile: string): string | null {
  return machine.observer.files.exists(ignoreFile)
    ? null
    : machine.actor.files.writePrivate(ignoreFile, '*\n');
}

const NO_LOCK: Readonly<Record<Family, string>> = {
  sync: 'set SPEC_KITTY_HOME to a folder that you can write, on a file system that supports flock(2)',
  dashboard:
    'make `.kittify` a folder that you can write, without symbolic links in it, on a file system that supports flock(2)',
};

/** The locks of a reset, or why they cannot be taken. */
export type ResetLocks =
  | { readonly ok: true; readonly start: StartLock; release(): void }
  | { readonly ok: false; readonly message: string; readonly remedy: string };

/**
 * Takes the sweep lock and the start lock. A root of another user is refused, even if the superuser runs this command:
 * that user could not write the files that we would create, and controls where the links in the root lead.
 * @param keepMs how long to hold the start lock at most
 */
export async function takeResetLocks(
  machine: Machine,
  family: Family,
  root: string,
  keepMs: number,
): Promise<ResetLocks> {
  const uid = machine.observer.self.uid;
  const directory = machine.observer.files.ours.identify(root);
  if (directory.kind === 'directory' && directory.access.owner !== uid) {
    return refuse(
      `${inertName(root)} belongs to user ${directory.access.owner}, and this command runs as user ${String(uid)}`,
      runAsOwner(machine.observer, family, root, directory.access.owner),
    );
  }
  const sweep = await takeSweepLock(machine, family, root);
  if (sweep.kind === 'impossible') return refuseRoot(machine.observer, family, root, sweep.why);
  if (sweep.kind === 'busy')
    return refuse(
      'another cleanup of this root is under way',
      'wait until it has ended, then run this command again',
    );
  const start = await takeStartLock(machine, family, root, LOCK_MS, keepMs);
  if (start.kind !== 'held') {
    sweep.release();
    return start.kind === 'busy'
      ? refuse(
          `another process has held ${DAEMON_FILES[family].lock} for ${LOCK_MS / 1000} s: most likely it starts a daemon, or is another command on a busy machine`,
          `sudo lsof ${shellQuote(join(root, DAEMON_FILES[family].lock))}  # names the process that keeps the file open; run this command again in a moment`,
        )
      : refuseRoot(machine.observer, family, root, `cannot take the start lock: ${start.why}`);
  }
  return {
    ok: true,
    start: start.lock,
    release() {
      start.lock.release();
      sweep.release();
    },
  };
}

/** @param why what is known if the root has no problem that is recognised */
function refuseRoot(observer: Observer, family: Family, root: string, why: string): ResetLocks {
  const found = explainRoot(observer, family, root);
  return found ? refuse(found.detail, remedyText(found.remedy)) : refuse(why, NO_LOCK[family]);
}

/** Returns what to do about a root of another user: that user runs the command, and the root stays as it is. */
export function runAsOwner(observer: Observer, family: Family, root: string, owner: number): string {
  const setRoot = family === 'sync' ? [`SPEC_KITTY_HOME=${shellQuote(root)}`] : [];
  return `run this command as that user, with this before it: ${sudoAs(observer.self.accountName(owner), ...setRoot)}`;
}

function refuse(message: string, remedy: string): ResetLocks {
  return { ok: false, message, remedy };
}

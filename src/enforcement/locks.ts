import { dirname, join } from 'node:path';
import { type FileLock } from '../machine/linux/flock.js';
import type { Machine, Observer } from '../machine/machine.js';
import type { Family } from '../model/family.js';
import { DAEMON_FILES } from '../model/root.js';

/** How long the start lock is kept as a rule, and how long a sweep waits for it, in milliseconds. */
export const LOCK_MS = 1000;

/**
 * How long the start lock is kept for a scan, in each attempt. Other users can slow a scan down: they may run tens of
 * thousands of processes. Every release waits 10 s for the lock, so a start gets it in time even if it waits for all
 * attempts.
 */
export const LOCK_MS_OF_ATTEMPTS: readonly number[] = [LOCK_MS, 4000];

/** Longer than the interval at which a waiting start tries the lock, so that it gets the lock between two attempts. */
const PAUSE_BETWEEN_ATTEMPTS_MS = 250;

/**
 * Repeats what needs the start lock where the lock expired first.
 * @param attempt one attempt, given how long it may keep the lock; null where the lock expired
 * @returns null where it expired in every attempt
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

/** Why the lock expired in every attempt, and what the user can do. */
export function lockExpired({ processes }: Observer): { readonly why: string; readonly remedy: string } {
  const seconds = Math.max(...LOCK_MS_OF_ATTEMPTS) / 1000;
  return {
    why: `the scan took longer than ${seconds} s, among ${processes.count()} processes on this machine, and other programs are not kept from starting a daemon for longer`,
    remedy:
      'run it again when the machine is less busy; `ps -eo user= | sort | uniq -c` counts the processes of each user',
  };
}

/**
 * The lock that every release takes while it starts a daemon, so that none is started while we judge. Kept for a limited
 * time, unless it is handed to a daemon that is being started.
 */
export interface StartLock {
  /** False after that time: a daemon may have been started since, so what was seen under the lock may be over. */
  isHeld(): boolean;
  /**
   * Keeps it for a daemon that is being started.
   * @returns the open file that carries it, to be inherited
   * @throws where it is not held any more: its number may be that of another file by now
   */
  handOver(): number;
  release(): void;
}

export type StartLockResult =
  { readonly kind: 'held'; readonly lock: StartLock } | Exclude<FileLock, { kind: 'held' }>;

/**
 * @param waitMs how long to wait for it
 * @param keepMs how long to keep it at most
 */
export async function takeStartLock(
  machine: Machine,
  family: Family,
  root: string,
  waitMs: number,
  keepMs = LOCK_MS,
): Promise<StartLockResult> {
  const path = join(root, DAEMON_FILES[family].lock);
  const trouble = prepareFolders(machine, family, root);
  if (trouble !== null) return { kind: 'impossible', why: trouble };
  const lock = await machine.actor.lock(path, waitMs);
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
        if (!isHeld) throw new Error('the lock of starts is not held any more');
        timer.cancel();
        return lock.descriptor;
      },
      release,
    },
  };
}

/** Our own lock, so that no two sweeps meet. Taken without waiting. */
export async function takeSweepLock(machine: Machine, family: Family, root: string): Promise<FileLock> {
  const path = join(root, DAEMON_FILES[family].sweepLock);
  const trouble = prepareFolders(machine, family, root);
  return trouble === null ? machine.actor.lock(path, 0) : { kind: 'impossible', why: trouble };
}

/** Makes the folders of our files, where they are not there; a root that cannot have them is none to act in. */
function prepareFolders(machine: Machine, family: Family, root: string): string | null {
  const { lock, sweepLock, ignoreFile } = DAEMON_FILES[family];
  const trouble =
    linkInCheckout(machine.observer, family, root) ??
    machine.actor.files.makePrivateFolder(join(root, lock)) ??
    machine.actor.files.makePrivateFolder(join(root, sweepLock)) ??
    (ignoreFile === null ? null : keepOutOfRepository(machine, join(root, ignoreFile)));
  return trouble === null ? null : `cannot keep a journal in \`${root}\`: ${trouble}`;
}

/** Whoever made a checkout decides where a link in it leads: to the records of another family, or of another project. */
function linkInCheckout(observer: Observer, family: Family, root: string): string | null {
  const { ignoreFile, identityFolder } = DAEMON_FILES[family];
  if (ignoreFile === null) return null;
  for (let path = identityFolder; path !== '.'; path = dirname(path)) {
    if (observer.files.isLink(join(root, path))) return `${path} is a link`;
  }
  return null;
}

/** What lies in a project's folder may be committed by accident; a record has a secret in it. */
function keepOutOfRepository(machine: Machine, ignoreFile: string): string | null {
  return machine.observer.files.exists(ignoreFile)
    ? null
    : machine.actor.files.writePrivate(ignoreFile, '*\n');
}

const NO_LOCK: Readonly<Record<Family, string>> = {
  sync: 'use a root that you can write, on a file system with flock(2): set SPEC_KITTY_HOME to it',
  dashboard:
    'see to it that `.kittify` is a folder that you can write, without links in it, on a file system with flock(2)',
};
const RUN_AS_OWNER: Readonly<Record<Family, string>> = {
  sync: 'run it as that user, or with HOME or SPEC_KITTY_HOME set to your own',
  dashboard: 'run it as that user',
};

/** The locks of a reset, or why it cannot begin. */
export type ResetLocks =
  | { readonly ok: true; readonly start: StartLock; release(): void }
  | { readonly ok: false; readonly message: string; readonly remedy: string };

/** Takes both. In a root of another user, our files would keep that user out, and its links lead us anywhere. */
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
      `\`${root}\` belongs to user ${directory.access.owner}, and we are user ${String(uid)}`,
      RUN_AS_OWNER[family],
    );
  }
  const sweep = await takeSweepLock(machine, family, root);
  if (sweep.kind === 'impossible') return refuse(sweep.why, NO_LOCK[family]);
  if (sweep.kind === 'busy')
    return refuse('another cleanup of this root is under way', 'wait for it, and run it again');
  const start = await takeStartLock(machine, family, root, LOCK_MS, keepMs);
  if (start.kind !== 'held') {
    sweep.release();
    return start.kind === 'busy'
      ? refuse(
          `somebody holds ${DAEMON_FILES[family].lock}, and did for 1 s: most likely a daemon is being started`,
          'run it again in a moment, or find out who keeps that file open',
        )
      : refuse(`cannot lock: ${start.why}`, NO_LOCK[family]);
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

function refuse(message: string, remedy: string): ResetLocks {
  return { ok: false, message, remedy };
}

import { isUtf8 } from 'node:buffer';
import { randomBytes as secureBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers';
import { setTimeout as sleepFor } from 'node:timers/promises';
import { platformNamed } from '../model/platform.js';
import { err, ok, type Result } from '../model/result.js';
import { isGone } from '../model/system-error.js';

/**
 * Returns milliseconds on a clock that cannot be set. Does not use Node's `performance`, which takes a millisecond to
 * load.
 */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

/**
 * Yields to other work of the event loop. Does not use `node:timers/promises`, which takes a third of a millisecond to
 * load before every command.
 */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Returns the working directory; null if it was deleted, as happens to git worktrees. */
export function currentFolder(): string | null {
  try {
    return process.cwd();
  } catch {
    return null;
  }
}

/** Returns the path of a file of this package, in the bundle and in the sources. */
export function packagePath(relative: string): string {
  return join((packageFolder ??= findPackage()), relative);
}

/**
 * Reads the text of a file of this package, which is as trustworthy as the code.
 * @returns null if the file is missing
 * @throws the system's error
 */
export function readPackageFile(relative: string): string | null {
  try {
    return readFileSync(packagePath(relative), 'utf8');
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

let packageFolder: string | undefined;

function findPackage(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

export function now(): Date {
  return new Date();
}

export function sleep(ms: number): Promise<void> {
  return sleepFor(ms);
}

export function after(ms: number, act: () => void): Timer {
  const timer = setTimeout(act, ms);
  return {
    cancel() {
      clearTimeout(timer);
    },
  };
}

export function every(ms: number, act: () => void): Timer {
  const timer = setInterval(act, ms);
  return {
    cancel() {
      clearInterval(timer);
    },
  };
}

export function randomBytes(count: number): Buffer {
  return secureBytes(count);
}

export function currentPid(): number {
  return process.pid;
}

/** Returns the effective user id; -1 on a system without user ids. */
export function currentUid(): number {
  return process.geteuid?.() ?? -1;
}

/** Returns the real user id, that of the user who ran a set-user-ID program; -1 on a system without user ids. */
export function currentRealUid(): number {
  return process.getuid?.() ?? -1;
}

/** Returns the name of our user, or the user id if the user database has no entry for it (containers). */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(currentUid());
  }
}

/** Returns a user as sudo(8) takes it: by the name in /etc/passwd, or as `#4711` if the user is not there. */
export function accountName(uid: number): string {
  let text = '';
  try {
    text = readFileSync('/etc/passwd', 'utf8');
  } catch {
    // A minimal container has no such file.
  }
  const [name] =
    text
      .split('\n')
      .map((line) => line.split(':'))
      .find((fields) => fields[2] === String(uid)) ?? [];
  return name ?? `#${uid}`;
}

/**
 * Reads the home folder of the real user from the user database, as Python does if HOME is not set.
 * @returns an error if there is no entry for the user, or if its home folder is not UTF-8
 */
export function homeInUserDatabase(): Result<string> {
  const uid = process.getuid?.() ?? -1;
  // Node looks up the effective user, and Python the real one.
  if (uid !== currentUid()) return err(`the real user ${uid} is not the effective user ${currentUid()}`);
  try {
    const { homedir } = userInfo({ encoding: 'buffer' });
    return isUtf8(homedir)
      ? ok(homedir.toString('utf8'))
      : err('the home folder in the user database is not UTF-8');
  } catch {
    return err(`the user database has no entry for user ${uid}`);
  }
}

export function executablePath(): string {
  return process.execPath;
}

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

export function environment(): Environment {
  return process.env;
}

export function commandLine(): readonly string[] {
  return [process.execPath, ...process.argv.slice(1)];
}

export function nodeVersion(): string {
  return process.versions.node;
}

export function architecture(): string {
  return process.arch;
}

/** Whether an address belongs to this machine. */
export function isLocalAddress(address: string): boolean {
  if (/^127\.\d+\.\d+\.\d+$/.test(address)) return true;
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some((own) => own.address === address),
  );
}

export const CURRENT_PLATFORM = platformNamed(process.platform);

export interface Timer {
  cancel(): void;
}

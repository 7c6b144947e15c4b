import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { ok, type Result, err } from '../model/result.js';
import { errorCode } from '../model/system-error.js';
import { inertName } from '../text/terminal.js';

export interface BackgroundProcess {
  readonly pid: number;
  /** The first line that the process prints; null if the process ends without printing a line. */
  readonly firstLine: Promise<string | null>;
  /** Kills the process and waits for its exit. */
  end(): Promise<void>;
}

export interface StartOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** Starts a background process in a session of its own. Its output is not shown. */
export function startInBackground(argv: readonly string[], { env, cwd }: StartOptions): BackgroundProcess {
  const [command = '', ...words] = argv;
  const child = spawn(command, words, { env, cwd, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(child, 'exit').catch(() => undefined);
  const firstLine = new Promise<string | null>((resolve) => {
    child.stdout.once('data', (chunk: Buffer) => {
      resolve(chunk.toString().split('\n')[0] ?? '');
    });
    void exited.then(() => {
      resolve(null);
    });
  });
  return {
    pid: child.pid ?? 0,
    firstLine,
    async end() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      // Safe from PID reuse: Node sends nothing to a child that it has already reaped.
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/**
 * Runs a command to its end, with our own standard output and error, and without input, so that it asks nothing.
 * @returns the exit code; null if the command could not be run or was ended by a signal
 */
export async function runInForeground(
  argv: readonly string[],
  options: StartOptions,
): Promise<number | null> {
  const [command = '', ...words] = argv;
  const child = spawn(command, words, { ...options, stdio: ['ignore', 'inherit', 'inherit'] });
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  } catch {
    return null;
  }
}

/**
 * Starts a program of the user's session, such as a browser: in a session of its own, with `/` as its working directory,
 * and with none of our descriptors, because it may outlive us.
 * @returns null if it exits with 0, or still runs after `patienceMs` milliseconds; else why it failed
 */
export async function startInSession(argv: readonly string[], patienceMs: number): Promise<string | null> {
  const [command = '', ...words] = argv;
  const nothing = openSync('/dev/null', 'r+');
  let timer: NodeJS.Timeout | undefined;
  try {
    const stdio: number[] = [nothing, nothing, nothing];
    for (const descriptor of inheritable(2)) stdio[descriptor] = nothing;
    const child = spawn(command, words, {
      cwd: '/',
      detached: true,
      // Array.from fills the holes of the array. Node would skip a hole and give the later descriptors wrong numbers.
      stdio: Array.from(stdio, (end: number | undefined) => end ?? 'ignore'),
    });
    child.unref();
    const exited = once(child, 'exit').then(([code]) => {
      return code === 0 ? null : `${command} failed${typeof code === 'number' ? ` (exit code ${code})` : ''}`;
    });
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, patienceMs, null);
    });
    return await Promise.race([exited, late]);
  } catch (error) {
    return `${command} cannot be started: ${errorCode(error)}`;
  } finally {
    clearTimeout(timer);
    closeSync(nothing);
  }
}

/** Whether a command runs and exits with 0. Its output is not shown. */
export async function succeeds(argv: readonly string[]): Promise<boolean> {
  const [command = '', ...words] = argv;
  try {
    const [code] = (await once(spawn(command, words, { stdio: 'ignore' }), 'exit')) as [number | null];
    return code === 0;
  } catch {
    return false;
  }
}

export interface DetachedOptions {
  readonly env: Readonly<Record<string, string>>;
  /** Path of the file that receives the stdout and stderr of the process. */
  readonly log: string;
  /** An open file of ours (`descriptor`) that the process inherits under the number `at`. */
  readonly inherited: { readonly at: number; readonly descriptor: number };
  /**
   * The number, in the started process, of the descriptor of a pipe that goes both ways. The process writes one line to
   * it when it is ready, and reads from it whether it may stay.
   */
  readonly answerDescriptor: number;
  readonly deadlineMs: number;
}

export type DetachedStartResult =
  | {
      readonly ok: true;
      /** The line that the process wrote. */
      readonly line: string;
      /** Tells the process that it may stay, and leaves it alone from then on. */
      confirm(): void;
      /** Closes the pipe, so that the process knows that it may not stay. @returns whether it ended in time */
      refuse(deadlineMs: number): Promise<boolean>;
    }
  | {
      readonly ok: false;
      readonly why: string;
      /** What failed: opening the log, starting the process, or the process itself. */
      readonly step: 'log' | 'spawn' | 'process';
      /** The name of the system's error; null if there is none. */
      readonly code: string | null;
    };

/** What a starter writes to the pipe when it has confirmed the process. */
export const CONFIRMED = 'confirmed\n';

/**
 * Starts a process that outlives us, in a session of its own, with `/` as its working directory. It inherits only the
 * given descriptors and environment (pitfall 35). A process that writes no line by the deadline is killed. The pipe
 * stays open until `confirm` or `refuse` is called, or this program ends.
 */
export async function startDetached(
  argv: readonly string[],
  options: DetachedOptions,
): Promise<DetachedStartResult> {
  const { answerDescriptor, deadlineMs } = options;
  const spawned = spawnDetached(argv, options);
  if (!spawned.ok) return spawned;
  const child = spawned.value;
  // If the process could not be started, there are no pipes, in spite of their type, and Node reports the error in an
  // event.
  const pipes = child.stdio as ChildProcess['stdio'] | undefined;
  const pipe = pipes?.[answerDescriptor] as Socket | null | undefined;
  const failed = once(child, 'error').then(([error]): DetachedStartResult => {
    const code = errorCode(error);
    return { ok: false, why: `${argv[0] ?? ''} cannot be started: ${code}`, step: 'spawn', code };
  });
  if (!pipe) return await failed;
  const exited = once(child, 'exit');
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<DetachedStartResult>((resolve) => {
    timer = setTimeout(() => {
      // Safe from PID reuse: Node sends nothing to a child that it has already reaped.
      child.kill('SIGKILL');
      resolve({ ok: false, why: `it was not ready within ${deadlineMs} ms`, step: 'process', code: null });
    }, deadlineMs);
  });
  const answered = firstLineOf(pipe).then((line): DetachedStartResult => {
    if (line === '') return { ok: false, why: 'it ended before it was ready', step: 'process', code: null };
    return {
      ok: true,
      line,
      confirm() {
        pipe.end(CONFIRMED);
        pipe.unref();
        child.unref();
      },
      async refuse(endDeadlineMs) {
        pipe.destroy();
        const hasEnded = await endedWithin(exited, endDeadlineMs);
        child.unref();
        return hasEnded;
      },
    };
  });
  const result = await Promise.race([answered, failed, late]);
  // If the timer were not cleared, it would kill the ready daemon if this program still runs at the deadline.
  clearTimeout(timer);
  if (!result.ok) {
    pipe.destroy();
    child.unref();
  }
  return result;
}

/** Starts the process with its descriptors. Opening a file fails if this program has too many open files. */
function spawnDetached(
  [command = '', ...words]: readonly string[],
  { env, log, inherited, answerDescriptor }: DetachedOptions,
): { readonly ok: true; readonly value: ChildProcess } | Extract<DetachedStartResult, { ok: false }> {
  const output = openLog(log);
  if (!output.ok)
    return {
      ok: false,
      why: `${inertName(log)} cannot be opened: ${output.why}`,
      step: 'log',
      code: output.why,
    };
  const opened = [output.value];
  try {
    const nothing = openSync('/dev/null', 'r');
    opened.push(nothing);
    const stdio: ('ignore' | 'pipe' | number | undefined)[] = ['ignore', output.value, output.value];
    // Node does not close a descriptor above 2 that is set to `ignore`, so each such descriptor is replaced by
    // /dev/null.
    for (const descriptor of inheritable(LAST_ASSIGNED_DESCRIPTOR)) stdio[descriptor] = nothing;
    stdio[inherited.at] = inherited.descriptor;
    stdio[answerDescriptor] = 'pipe';
    const child = spawn(command, words, {
      env,
      cwd: '/',
      detached: true,
      // Array.from fills the holes of the array. Node would skip a hole and give the later descriptors wrong numbers.
      stdio: Array.from(stdio, (end) => end ?? 'ignore'),
    });
    return { ok: true, value: child };
  } catch (error) {
    const code = errorCode(error);
    return { ok: false, why: `${command} cannot be started: ${code}`, step: 'spawn', code };
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
}

/** Reads up to the first line end. @returns an empty text if the pipe ends before */
function firstLineOf(pipe: Socket): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    pipe.setEncoding('utf8');
    pipe.on('data', (chunk: string) => {
      text += chunk;
      if (text.includes('\n')) resolve(text.split('\n')[0] ?? '');
    });
    pipe.once('close', () => {
      resolve('');
    });
    // The process may end at any time; `close` follows.
    pipe.on('error', () => undefined);
  });
}

async function endedWithin(exited: Promise<unknown>, deadlineMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, deadlineMs, false);
  });
  const hasEnded = await Promise.race([exited.then(() => true), late]);
  clearTimeout(timer);
  return hasEnded;
}

/**
 * The highest descriptor number that is assigned here: 0 to 2 are the standard streams, 3 is the lock, and 4 is the
 * pipe for the answer.
 */
const LAST_ASSIGNED_DESCRIPTOR = 4;

/** Opens a log for appending. O_NONBLOCK is set, because opening a FIFO would wait for its reader. */
function openLog(path: string): Result<number> {
  const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  try {
    const log = openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o600);
    if (fstatSync(log).isFile()) return ok(log);
    closeSync(log);
    return err('it is not a regular file');
  } catch (error) {
    return err(errorCode(error));
  }
}

/**
 * Lists the descriptors that a child would inherit from the program that started us, for example a lock of a shell, or
 * a pipe that is read to its end. Node closes such descriptors in a child only up to the first unused number.
 * @param last only descriptors above this number are listed
 */
function inheritable(last: number): readonly number[] {
  return readdirSync('/proc/self/fd')
    .map(Number)
    .filter((descriptor) => descriptor > last && isInheritable(descriptor));
}

const O_CLOEXEC = 0o2000000;

function isInheritable(descriptor: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'))?.[1];
    return (Number.parseInt(flags ?? '0', 8) & O_CLOEXEC) === 0;
  } catch {
    // The descriptor through which the folder was read is closed by now.
    return false;
  }
}

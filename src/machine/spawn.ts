import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { ok, type Result, err } from '../model/result.js';
import { errorCode } from '../model/system-error.js';

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
 * Runs a command to its end, with our own standard streams.
 * @returns the exit code; null if the command could not be run or was ended by a signal
 */
export async function runInForeground(
  argv: readonly string[],
  options: StartOptions,
): Promise<number | null> {
  const [command = '', ...words] = argv;
  const child = spawn(command, words, { ...options, stdio: 'inherit' });
  try {
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  } catch {
    return null;
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

export type ProgramOutput =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

/**
 * Runs a command and returns what it prints on stdout, whatever its exit code. Time (milliseconds) and length (bytes)
 * are limited: a command that exceeds a limit is killed, and the result is an error.
 */
export async function outputOf(
  argv: readonly string[],
  { deadlineMs, longest }: { readonly deadlineMs: number; readonly longest: number },
): Promise<ProgramOutput> {
  const [command = '', ...words] = argv;
  const child = spawn(command, words, { cwd: '/', stdio: ['ignore', 'pipe', 'ignore'] });
  const timer = setTimeout(() => {
    // Safe from PID reuse: Node sends nothing to a child that it has already reaped.
    child.kill('SIGKILL');
  }, deadlineMs);
  const chunks: Buffer[] = [];
  let length = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= longest) chunks.push(chunk);
    else child.kill('SIGKILL');
  });
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    if (length > longest) return { ok: false, why: `it printed more than ${longest} bytes` };
    if (code === null) return { ok: false, why: `it took longer than ${deadlineMs} ms` };
    return { ok: true, text: Buffer.concat(chunks).toString('utf8') };
  } catch (error) {
    return { ok: false, why: errorCode(error) };
  } finally {
    clearTimeout(timer);
  }
}

export interface DetachedOptions {
  readonly env: Readonly<Record<string, string>>;
  /** Path of the file that receives the stdout and stderr of the process. */
  readonly log: string;
  /** An open file of ours (`descriptor`) that the process inherits under the number `at`. */
  readonly inherited: { readonly at: number; readonly descriptor: number };
  /**
   * The number, in the started process, of the descriptor of a pipe. The process writes one line to the pipe when it is
   * ready.
   */
  readonly answerDescriptor: number;
  readonly deadlineMs: number;
}

export type DetachedStartResult =
  { readonly ok: true; readonly line: string } | { readonly ok: false; readonly why: string };

/**
 * Starts a process that outlives us, in a session of its own, with `/` as its working directory. It inherits only the
 * given descriptors and environment (pitfall 35). A process that writes no line by the deadline is killed.
 */
export async function startDetached(
  argv: readonly string[],
  { env, log, inherited, answerDescriptor, deadlineMs }: DetachedOptions,
): Promise<DetachedStartResult> {
  const [command = '', ...words] = argv;
  const output = openLog(log);
  if (!output.ok) return { ok: false, why: `${log}: ${output.why}` };
  const opened = [output.value];
  let child: ChildProcess;
  try {
    const nothing = openSync('/dev/null', 'r');
    opened.push(nothing);
    const stdio: ('ignore' | 'pipe' | number | undefined)[] = ['ignore', output.value, output.value];
    // Node does not close a descriptor above 2 that is set to `ignore`, so each such descriptor is replaced by
    // /dev/null.
    for (const descriptor of inheritable(LAST_ASSIGNED_DESCRIPTOR)) stdio[descriptor] = nothing;
    stdio[inherited.at] = inherited.descriptor;
    stdio[answerDescriptor] = 'pipe';
    // Array.from fills the holes of the array. Node would skip a hole and give the later descriptors wrong numbers.
    child = spawn(command, words, {
      env,
      cwd: '/',
      detached: true,
      stdio: Array.from(stdio, (end) => end ?? 'ignore'),
    });
  } finally {
    for (const descriptor of opened) closeSync(descriptor);
  }
  const failed = once(child, 'error').then(([error]) => errorCode(error));
  const answer = text(child.stdio[answerDescriptor] as Readable);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<DetachedStartResult>((resolve) => {
    timer = setTimeout(() => {
      // Safe from PID reuse: Node sends nothing to a child that it has already reaped.
      child.kill('SIGKILL');
      resolve({ ok: false, why: `it was not ready within ${deadlineMs} ms` });
    }, deadlineMs);
  });
  const result = await Promise.race([
    answer.then((line): DetachedStartResult => {
      return line === ''
        ? { ok: false, why: `it ended before it was ready; see ${log}` }
        : { ok: true, line };
    }),
    failed.then((code): DetachedStartResult => ({ ok: false, why: `${command}: ${code}` })),
    late,
  ]);
  // If the timer were not cleared, it would kill the ready daemon if this program still runs at the deadline.
  clearTimeout(timer);
  child.unref();
  return result;
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

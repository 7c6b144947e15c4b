import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { ok, type Result, err } from '../model/result.js';
import { errorCode } from '../model/system-error.js';

export interface Started {
  readonly pid: number;
  /** The first line it prints, or null when it ends without one. */
  readonly firstLine: Promise<string | null>;
  /** Ends it, and waits until it has ended. */
  end(): Promise<void>;
}

export interface StartOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** Starts a background process in a session of its own; its output is not shown. */
export function startInBackground(argv: readonly string[], { env, cwd }: StartOptions): Started {
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
      // By handle: Node sends nothing to a child that it has already collected.
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** Runs a command to its end with our own terminal. @returns its exit code, or null when it could not be run */
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

/** Whether a command runs and ends well; what it prints is not shown. */
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

/** What a command of ours prints, whatever its exit code; bounded in time and length. */
export async function outputOf(
  argv: readonly string[],
  { deadlineMs, longest }: { readonly deadlineMs: number; readonly longest: number },
): Promise<ProgramOutput> {
  const [command = '', ...words] = argv;
  const child = spawn(command, words, { cwd: '/', stdio: ['ignore', 'pipe', 'ignore'] });
  const timer = setTimeout(() => {
    // By handle: Node sends nothing to a child that it has already collected.
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
  /** Takes what it prints, errors of its start among it. */
  readonly log: string;
  /** An open file of ours that it is to have too, and under which number. */
  readonly inherited: { readonly at: number; readonly descriptor: number };
  /** The number under which it finds the pipe for its one line of answer. */
  readonly answersAt: number;
  readonly deadlineMs: number;
}

export type DetachedAnswer =
  { readonly ok: true; readonly line: string } | { readonly ok: false; readonly why: string };

/**
 * Starts a process that outlives us: in a session of its own, with `/` as its working directory, and nothing of ours but
 * what it is given. One that gives no answer in time is ended.
 */
export async function startDetached(
  argv: readonly string[],
  { env, log, inherited, answersAt, deadlineMs }: DetachedOptions,
): Promise<DetachedAnswer> {
  const [command = '', ...words] = argv;
  const output = openLog(log);
  if (!output.ok) return { ok: false, why: `${log}: ${output.why}` };
  const opened = [output.value];
  let child: ChildProcess;
  try {
    const nothing = openSync('/dev/null', 'r');
    opened.push(nothing);
    const stdio: ('ignore' | 'pipe' | number | undefined)[] = ['ignore', output.value, output.value];
    // To ignore a number above 2 is to inherit it.
    for (const descriptor of inheritable(LAST_OF_ITS_OWN)) stdio[descriptor] = nothing;
    stdio[inherited.at] = inherited.descriptor;
    stdio[answersAt] = 'pipe';
    // Node passes over the holes of an array, and numbers the rest anew.
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
  const answer = text(child.stdio[answersAt] as Readable);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<DetachedAnswer>((resolve) => {
    timer = setTimeout(() => {
      // By handle: Node sends nothing to a child that it has already collected.
      child.kill('SIGKILL');
      resolve({ ok: false, why: `it was not ready within ${deadlineMs} ms` });
    }, deadlineMs);
  });
  const result = await Promise.race([
    answer.then((line): DetachedAnswer => {
      return line === ''
        ? { ok: false, why: `it ended before it was ready; see ${log}` }
        : { ok: true, line };
    }),
    failed.then((code): DetachedAnswer => ({ ok: false, why: `${command}: ${code}` })),
    late,
  ]);
  // It is ready, and its own master from here on: a program that we run in may live longer than the deadline.
  clearTimeout(timer);
  child.unref();
  return result;
}

/** Standard input and output, the lock, the pipe for its answer. */
const LAST_OF_ITS_OWN = 4;

/** To open a pipe of that name would wait for its reader. */
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
 * What a child would inherit from whoever started us: a lock that a shell opened, a pipe that somebody reads to its
 * end. Node keeps only what stands without a gap to itself.
 * @param last beyond this one
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
    // The one that the folder was read by.
    return false;
  }
}

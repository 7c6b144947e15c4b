import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { errorCode } from '../model/system-error.js';

/**
 * Runs a command in a session of its own and returns what it prints on stdout, whatever its exit code. Time
 * (milliseconds) and length (bytes) are limited: a command that exceeds a limit is killed, and the result is an error.
 */
export async function outputOf(
  argv: readonly string[],
  { deadlineMs, longest }: { readonly deadlineMs: number; readonly longest: number },
): Promise<ProgramOutput> {
  const [command = '', ...words] = argv;
  const child = spawn(command, words, {
    cwd: '/',
    detached: true,
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  // If the process could not be started, there are no pipes, in spite of their type, and Node reports the error in an
  // event.
  const pipes = child.stdio as ChildProcess['stdio'] | undefined;
  if (!pipes) {
    const [error] = (await once(child, 'error')) as [Error];
    return { ok: false, why: errorCode(error) };
  }
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

export type ProgramOutput =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly why: string };

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { ENVIRONMENT, type QueueRoot } from './queue-files.js';

const PROGRAM = fileURLToPath(new URL('drain-process.mjs', import.meta.url));

/** Starts a process that drains a root until it is killed. */
export function startDraining(
  { path: root }: QueueRoot,
  environment: Readonly<Record<string, string>> = {},
): ChildProcess {
  return spawn(process.execPath, ['--no-warnings', PROGRAM, root], {
    env: { PATH: process.env['PATH'], ...ENVIRONMENT, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** The result of its first drain. Kills the process. */
export async function firstOutcome(child: ChildProcess): Promise<unknown> {
  if (!child.stdout) throw new Error('its stdout is not piped');
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  child.kill('SIGKILL');
  await once(child, 'exit');
  return JSON.parse(line);
}

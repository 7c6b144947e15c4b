import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { python } from './requirements.js';
import type { Sandbox } from './sandbox.js';

const RECYCLE = fileURLToPath(new URL('../fixtures/python/recycle.py', import.meta.url));

/** A PID that was reused by an unrelated process; `ended_by` is the signal that ended that process, or null. */
export interface Recycled {
  readonly pid: number;
  readonly ended_by: number | null;
}

/** Kills processes in a PID namespace one after the other, and starts unrelated processes with their PIDs. */
export async function startRecycler(
  { folder, processes }: Sandbox,
  seconds: number,
  pids: readonly number[],
) {
  const argv = [python, RECYCLE, ...[seconds, ...pids].map(String)];
  const env = { PYTHONDONTWRITEBYTECODE: '1' };
  const { stdin, stdout, stderr } = processes.spawn(argv, { env, cwd: folder });
  if (!stdin || !stdout || !stderr) throw new Error('no pipes');
  const errors = text(stderr);
  await once(stdout, 'data');
  return {
    async finish(): Promise<readonly Recycled[]> {
      stdin.end();
      const report = await text(stdout);
      if (report === '') throw new Error(`nothing recycled: ${await errors}`);
      return JSON.parse(report) as Recycled[];
    },
  };
}

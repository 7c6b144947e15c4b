import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { python } from './machine.js';
import type { Place } from './place.js';

const RECYCLE = fileURLToPath(new URL('../fixtures/python/recycle.py', import.meta.url));

/** A number that passed to an innocent process; `ended_by` is the signal that ended that one, or null. */
export interface Recycled {
  readonly pid: number;
  readonly ended_by: number | null;
}

/** Ends processes one after the other, in a world with process ids of its own, and gives their numbers to innocent ones. */
export async function startRecycler({ folder, processes }: Place, seconds: number, pids: readonly number[]) {
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

import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { python } from './requirements.js';
import type { Sandbox } from './sandbox.js';

const PROGRAM = fileURLToPath(new URL('../fixtures/python/forced_events.py', import.meta.url));

/** What `forced_events.py` can do to a process. */
export interface ForcedEvent {
  readonly name: 'end' | 'reuse' | 'pass on' | 'stop' | 'serve';
  readonly pid: number;
  readonly port: number;
  /** Whether the socket is passed on to a process of another user. */
  readonly other_user?: boolean;
}

/** Starts a program in the namespaces of a world that does what it is told to other processes, within milliseconds. */
export async function startForcedEvents({ folder, processes }: Sandbox) {
  const env = { PYTHONDONTWRITEBYTECODE: '1' };
  const { stdin, stdout } = processes.spawn([python, PROGRAM], { env, cwd: folder });
  if (!stdin || !stdout) throw new Error('no pipes');
  await once(stdout, 'data');
  return {
    /** @returns false if it was not possible: another process may have got the PID that was to be reused */
    force: async (event: ForcedEvent): Promise<boolean> => {
      const answered = once(stdout, 'data');
      stdin.write(`${JSON.stringify(event)}\n`);
      const [answer] = (await answered) as [Buffer];
      return answer.toString() === 'done\n';
    },
  };
}

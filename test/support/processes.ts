import { type ChildProcess, spawn } from 'node:child_process';
import type { Namespace } from './namespace.js';
import { SYSTEM_PATH } from './requirements.js';

export interface Launch {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Another user than the test's own; needs root. */
  readonly uid?: number | undefined;
  /** Runs in a session of its own, as daemons do. */
  readonly detached?: boolean;
}

/** Starts commands inside one namespace. `close` kills the processes that it started. */
export class Processes {
  readonly #children: ChildProcess[] = [];
  readonly #namespace: Namespace;

  constructor(namespace: Namespace) {
    this.#namespace = namespace;
  }

  /** The environment contains only PATH and `env`. */
  spawn(argv: readonly string[], { env, cwd, uid, detached = false }: Launch): ChildProcess {
    const [command, ...words] = this.#namespace.enter(uid);
    // Not Node's `detached`: the leader of that session would be outside a PID namespace, where the kernel shows the same
    // session 0 for all its processes.
    const session = detached ? ['setsid'] : [];
    const child = spawn(command, [...words, ...session, ...argv], {
      env: { PATH: SYSTEM_PATH, ...env },
      cwd,
    });
    this.#children.push(child);
    return child;
  }

  outside(pid: number): number {
    return this.#namespace.outside(pid);
  }

  async close(): Promise<void> {
    await Promise.all(this.#children.map(end));
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill('SIGKILL');
  });
}

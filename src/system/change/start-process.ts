import { spawn } from 'node:child_process';
import { once } from 'node:events';

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

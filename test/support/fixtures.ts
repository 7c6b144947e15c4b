import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Sandbox } from './sandbox.js';
import { isAlive } from './process-table.js';
import { python } from './requirements.js';

const PROGRAMS = fileURLToPath(new URL('../fixtures/python', import.meta.url));
/** A fixture listens after about 30 ms. */
const LONGEST_START_MS = 10_000;

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A fixture program that listens. */
export interface Running {
  /** PID of the listener in its PID namespace. */
  readonly pid: number;
  /** PID of the started process: the listener or its launcher. */
  readonly startedPid: number;
  readonly argv: readonly string[];
  /** Reads the process table; a zombie is not alive. */
  readonly alive: () => boolean;
  /** Sends a signal to the started process. */
  readonly signal: (name: NodeJS.Signals) => void;
  /** How the started process ended. */
  readonly exited: Promise<Exit>;
}

export interface FixtureOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly address?: string | undefined;
  readonly uid?: number | undefined;
  /** Words of a command that ends with an exec of the program; they are not part of its argv. */
  readonly prefix?: readonly string[] | undefined;
  /** Its parent exits, so PID 1 becomes its parent, as for a real daemon. */
  readonly orphaned?: boolean | undefined;
}

/** Starts a fixture program such as `plain_http.py`. */
export async function startProgram(
  sandbox: Sandbox,
  program: string,
  words: readonly (string | number)[],
  options: FixtureOptions = {},
): Promise<Running> {
  return startPython(sandbox, [`${PROGRAMS}/${program}`, ...words.map(String)], options);
}

/** Starts Python with the fixtures on its path. Resolves when it listens. */
export function startPython(
  sandbox: Sandbox,
  words: readonly string[],
  options: FixtureOptions,
): Promise<Running> {
  return startListener(sandbox, [python, ...words], options);
}

/** Starts a program that prints `listening <pid>`. Resolves when it listens. */
export async function startListener(
  sandbox: Sandbox,
  argv: readonly string[],
  { env, address, uid, prefix = [], orphaned = false }: FixtureOptions = {},
): Promise<Running> {
  const child = sandbox.processes.spawn([...prefix, ...(orphaned ? ['setsid', '--fork'] : []), ...argv], {
    env: {
      HOME: sandbox.home,
      PYTHONPATH: PROGRAMS,
      PYTHONDONTWRITEBYTECODE: '1',
      ...(address === undefined ? {} : { FIXTURE_ADDRESS: address }),
      ...env,
    },
    cwd: sandbox.folder,
    uid,
    detached: true,
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve({ code, signal });
    });
  });
  const pid = await listeningPid(child);
  const outside = sandbox.processes.outside(pid);
  return {
    pid,
    startedPid: child.pid ?? pid,
    argv,
    alive: () => isAlive(outside),
    signal: (name) => void child.kill(name),
    exited,
  };
}

/** Fixtures print `listening <pid>`. Polling for the socket could find another program's. */
async function listeningPid(child: ChildProcess): Promise<number> {
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  let late: NodeJS.Timeout | undefined;
  const output = await Promise.race([
    new Promise<string>((resolve) =>
      child.stdout?.once('data', (chunk: Buffer) => {
        resolve(chunk.toString());
      }),
    ),
    // Not `exit`: the last output may arrive after it.
    new Promise<string>((resolve) =>
      child.once('close', (code, signal) => {
        resolve(`ended with ${String(code ?? signal)}`);
      }),
    ),
    new Promise<string>((resolve) => {
      late = setTimeout(resolve, LONGEST_START_MS, `nothing within ${LONGEST_START_MS} ms`);
    }),
  ]);
  clearTimeout(late);
  const pid = /^listening (\d+)\n$/.exec(output)?.[1];
  if (pid === undefined) throw new Error(`fixture did not listen: ${output}\n${errors}`);
  return Number(pid);
}

import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Place } from './place.js';
import { isAlive } from './process-table.js';
import { python } from './machine.js';

const PROGRAMS = fileURLToPath(new URL('../fixtures/python', import.meta.url));
/** Far more than the slowest machine needs; a fixture listens after some 30 ms. */
const LONGEST_START_MS = 10_000;

interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A fixture that listens. */
export interface Running {
  /** As the namespace numbers it. */
  readonly pid: number;
  /** What was started: the listener itself, or its launcher. */
  readonly startedPid: number;
  readonly argv: readonly string[];
  /** By the process table, now; a zombie is not alive. */
  readonly alive: () => boolean;
  /** Sends a signal to what was started. */
  readonly signal: (name: NodeJS.Signals) => void;
  /** How what was started ended. */
  readonly exited: Promise<Exit>;
}

export interface FixtureOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly address?: string | undefined;
  readonly uid?: number | undefined;
  /** What leads up to the program, ending in an exec of it: it is no part of its argv. */
  readonly prefix?: readonly string[] | undefined;
  /** Its parent is gone, as that of a real daemon is: PID 1 inherits it. */
  readonly orphaned?: boolean | undefined;
}

/** Starts one of the fixture programs: `plain_http.py` and its like. */
export async function startProgram(
  place: Place,
  program: string,
  words: readonly (string | number)[],
  options: FixtureOptions = {},
): Promise<Running> {
  return startPython(place, [`${PROGRAMS}/${program}`, ...words.map(String)], options);
}

/** Starts Python with the fixtures on its path; resolved once it listens. */
export async function startPython(
  place: Place,
  words: readonly string[],
  { env, address, uid, prefix = [], orphaned = false }: FixtureOptions,
): Promise<Running> {
  const argv = [python, ...words];
  const child = place.processes.spawn([...prefix, ...(orphaned ? ['setsid', '--fork'] : []), ...argv], {
    env: {
      HOME: place.home,
      PYTHONPATH: PROGRAMS,
      PYTHONDONTWRITEBYTECODE: '1',
      ...(address === undefined ? {} : { FIXTURE_ADDRESS: address }),
      ...env,
    },
    cwd: place.folder,
    uid,
    detached: true,
  });
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => {
      resolve({ code, signal });
    });
  });
  const pid = await listeningPid(child);
  const outside = place.processes.outside(pid);
  return {
    pid,
    startedPid: child.pid ?? pid,
    argv,
    alive: () => isAlive(outside),
    signal: (name) => void child.kill(name),
    exited,
  };
}

/** Fixtures say `listening <pid>` once they do: no polling, and nothing to be taken for somebody else's socket. */
async function listeningPid(child: ChildProcess): Promise<number> {
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  let late: NodeJS.Timeout | undefined;
  const said = await Promise.race([
    new Promise<string>((resolve) =>
      child.stdout?.once('data', (chunk: Buffer) => {
        resolve(chunk.toString());
      }),
    ),
    // Not `exit`: until `close` its last words may still be on their way.
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
  const pid = /^listening (\d+)\n$/.exec(said)?.[1];
  if (pid === undefined) throw new Error(`fixture did not listen: ${said}\n${errors}`);
  return Number(pid);
}

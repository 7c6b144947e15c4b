import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { DAEMON_FILES } from '../../src/model/root.js';
import type { Family } from '../../src/model/family.js';
import { ownCommandLine } from '../../src/model/spawn-command.js';
import type { Place } from './place.js';
import { isAlive } from './process-table.js';
import { until } from './until.js';

export interface OwnOptions {
  readonly family: Family;
  /** Any at all: a command would only ever start one on a port of its family. */
  readonly port: number;
  readonly root: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The words of a command that runs it: a tracer. */
  readonly under?: readonly string[];
}

export interface Own {
  readonly port: number;
  readonly pid: number;
  readonly alive: () => boolean;
}

const PROGRAMS = { sync: 'dist/sync-daemon.cjs', dashboard: 'dist/dashboard-server.cjs' } as const;

/** A daemon of ours, started as a command would start it, but on a port of the test's choice. It records itself. */
export async function startOwn(place: Place, options: OwnOptions): Promise<Own> {
  const { family, port, root, env = {}, under = [] } = options;
  const id = randomBytes(16).toString('hex');
  const lock = join(root, DAEMON_FILES[family].lock);
  const answer = join(place.folder, `answer-${id}`);
  mkdirSync(dirname(lock), { recursive: true });
  const program = [process.execPath, resolve(PROGRAMS[family])] as const;
  const argv = ownCommandLine(family, program, { root: realpathSync(root), port, id });
  const inherit = `exec "$@" 3>>'${lock}' 4>'${answer}'`;
  place.processes.spawn(['sh', '-c', inherit, 'sh', ...under, ...argv], {
    env: { HOME: place.home, ...env },
    cwd: '/',
    detached: true,
  });
  let pid = 0;
  await until(() => {
    pid = pidIn(answer);
    return pid > 0;
  });
  return { port, pid, alive: () => isAlive(pid) };
}

function pidIn(answer: string): number {
  try {
    const { ok, pid, why } = JSON.parse(readFileSync(answer, 'utf8')) as Record<string, unknown>;
    if (ok !== true) throw new TypeError(`it did not begin: ${String(why)}`);
    return Number(pid);
  } catch (error) {
    if (error instanceof TypeError) throw error;
    return 0;
  }
}

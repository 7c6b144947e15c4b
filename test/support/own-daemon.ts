import { randomBytes } from 'node:crypto';
import { chownSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DAEMON_FILES } from '../../src/model/root.js';
import type { Family } from '../../src/model/family.js';
import { ownCommandLine } from '../../src/model/spawn-command.js';
import { python } from './requirements.js';
import { homeOf, type Sandbox } from './sandbox.js';
import { isAlive } from './process-table.js';
import { until } from './until.js';

export interface OwnDaemonOptions {
  readonly family: Family;
  /** Any port. A command would start it only on a port of its family. */
  readonly port: number;
  readonly root: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Another user, and another copy of Node. */
  readonly uid?: number;
  readonly node?: string;
  /** Words of a command that runs it, such as a tracer. */
  readonly under?: readonly string[];
  /** In seconds. With `never` the starter ends without a confirmation, as if it were killed. */
  readonly confirmedAfter?: number | 'never';
}

export interface OwnDaemon {
  readonly port: number;
  readonly pid: number;
  readonly alive: () => boolean;
}

const STARTER = fileURLToPath(new URL('../fixtures/python/starter.py', import.meta.url));
const PROGRAMS = { sync: 'dist/sync-daemon.cjs', dashboard: 'dist/dashboard-server.cjs' } as const;

/** Starts a daemon of this implementation as a command does, on a chosen port. It writes its own identity record. */
export async function startOwnDaemon(sandbox: Sandbox, options: OwnDaemonOptions): Promise<OwnDaemon> {
  const { family, port, root, uid, node = process.execPath } = options;
  const { env = {}, under = [], confirmedAfter = 0 } = options;
  const id = randomBytes(16).toString('hex');
  const home = homeOf(sandbox, uid);
  const lock = join(root, DAEMON_FILES[family].lock);
  const answer = join(uid === undefined ? sandbox.folder : home, `answer-${id}`);
  mkdirSync(dirname(lock), { recursive: true });
  if (uid !== undefined) chownSync(dirname(lock), uid, uid);
  const program = [node, resolve(PROGRAMS[family])] as const;
  const argv = ownCommandLine(family, program, { root: realpathSync(root), port, id });
  sandbox.processes.spawn([python, STARTER, lock, answer, String(confirmedAfter), ...under, ...argv], {
    env: { HOME: home, ...env },
    cwd: '/',
    uid,
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
    if (ok !== true) throw new TypeError(`the daemon did not start: ${String(why)}`);
    return Number(pid);
  } catch (error) {
    if (error instanceof TypeError) throw error;
    return 0;
  }
}

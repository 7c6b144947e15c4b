import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isAlive } from '../support/process-table.js';
import { until } from '../support/until.js';
import type { World } from '../support/world.js';
import { type Build, candidate } from './builds.js';

interface OwnRequest {
  readonly family: 'sync' | 'dashboard';
  readonly port: number;
  readonly root: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly under?: readonly string[];
}

/** How 3.3.0 starts its daemons, written out: it is what the daemons that are left behind will have. */
const START = {
  sync: { program: 'sync-daemon.cjs', lock: 'sync-daemon.lock', marker: 'daemon', root: 'root' },
  dashboard: {
    program: 'dashboard-server.cjs',
    lock: '.kittify/.dashboard.d/start.lock',
    marker: 'dashboard',
    root: 'project',
  },
} as const;

/** A daemon of a build, started as its commands would start it, but on a port of the scenario's choice. */
export async function startOwnOf(build: Build, world: World, request: OwnRequest) {
  // How this checkout starts its own is known to the other tests, and may change with it.
  if (build.folder === candidate().folder && process.env['SPEC_KITTY_CANDIDATE'] === undefined)
    return await world.startOwnDaemon(request);
  const { family, port, root, env = {}, under = [] } = request;
  const { program, lock, marker, root: rootName } = START[family];
  const id = randomBytes(16).toString('hex');
  const answer = join(world.folder, `answer-${id}`);
  mkdirSync(dirname(join(root, lock)), { recursive: true });
  const argv = [
    ...under,
    process.execPath,
    join(build.folder, 'dist', program),
    `--spec-kitty-${marker}-${rootName}=${realpathSync(root)}`,
    `--spec-kitty-${marker}-port=${port}`,
    `--spec-kitty-${marker}-id=${id}`,
  ].map((word) => `'${word}'`);
  const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const line = ['cd / &&', ...variables, 'setsid', ...argv, `3>>'${join(root, lock)}' 4>'${answer}'`];
  await world.shell(`${line.join(' ')} </dev/null >/dev/null 2>&1 &`);
  await until(() => existsSync(answer) && readFileSync(answer, 'utf8') !== '');
  const { ok, pid } = JSON.parse(readFileSync(answer, 'utf8')) as { ok?: boolean; pid?: number };
  if (ok !== true || pid === undefined) throw new Error(`it did not begin: ${readFileSync(answer, 'utf8')}`);
  return { port, pid, alive: () => isAlive(pid) };
}

import { rmSync } from 'node:fs';
import { readTrace, type Trace } from '../support/trace.js';
import { SIGNAL_CALLS } from '../support/strace.js';
import { HOSTED } from '../support/sync.js';
import { until } from '../support/until.js';
import type { World } from '../support/world.js';
import type { Entrypoint } from './table.js';

/** Programs that are started detach: a new daemon lives on, and is a way in of its own. */
const STRACE = ['strace', '-f', '--seccomp-bpf', '-b', 'execve', '-yy', '-s', '4096'];
const CALLS = [...SIGNAL_CALLS, 'connect', 'write', 'writev', 'sendto', 'sendmsg'].join(',');

/** Uses a way in, watched. @returns what it did to others, and a complaint where it did not end as it should */
export async function use(
  world: World,
  entrypoint: Entrypoint,
): Promise<Trace & { readonly trouble: string | null }> {
  const traceTo = `${world.folder}/trace`;
  const under = [...STRACE, '-e', `trace=${CALLS}`, '-o', traceTo];
  const trouble =
    entrypoint === 'self-retirement'
      ? await retire(world, traceTo, under)
      : await command(world, entrypoint, under);
  return { ...readTrace(traceTo), trouble };
}

const WORDS: Readonly<Record<Exclude<Entrypoint, 'self-retirement'>, readonly string[]>> = {
  startup: ['sync', 'now', '--json'],
  doctor: ['auth', 'doctor', '--json'],
  reset: ['auth', 'doctor', '--reset', '--json'],
  'reset --only safe_auto': ['auth', 'doctor', '--reset', '--only', 'safe_auto', '--json'],
  'dashboard start': ['dashboard', '--json'],
  'dashboard stop': ['dashboard', '--stop', '--json'],
  'dashboard cleanup': ['dashboard', '--json'],
};

async function command(
  world: World,
  entrypoint: Exclude<Entrypoint, 'self-retirement'>,
  under: readonly string[],
): Promise<string | null> {
  const { code, stdout, stderr } = await world.run(WORDS[entrypoint], {
    under,
    cwd: world.project,
    env: entrypoint === 'startup' ? HOSTED : {},
    asIfRunningForAMinute: entrypoint === 'dashboard cleanup',
  });
  return code === 0 || code === 1 ? null : `exit code ${String(code)}: ${stdout} ${stderr}`;
}

/** One of each family, on a port that nobody else has; they are superseded, or nothing names them any more. */
async function retire(world: World, traceTo: string, under: readonly string[]): Promise<string | null> {
  const stateFile = await world.shell(`cat ${world.root}/sync-daemon`);
  const sync = await world.startOwnDaemon({
    family: 'sync',
    port: 9420,
    root: world.root,
    env: { SYNC_DAEMON_IDLE_RETIREMENT_SECONDS: '1' },
    under,
  });
  if (stateFile.stdout === '') rmSync(`${world.root}/sync-daemon`);
  else world.writeStateFile(stateFile.stdout);
  await until(() => !sync.alive());
  const dashboard = await world.startOwnDaemon({
    family: 'dashboard',
    port: 9290,
    root: world.project,
    env: { DASHBOARD_IDLE_RETIREMENT_SECONDS: '1' },
    under: under.map((word) => (word === traceTo ? `${traceTo}-dashboard` : word)),
  });
  await until(() => !dashboard.alive());
  const { ports, signals, requests } = readTrace(`${traceTo}-dashboard`);
  const crossed = ports.filter((port) => port < 9237 || port >= 9337);
  return crossed.length + signals.length + requests.length === 0
    ? null
    : `the dashboard reached out: ${JSON.stringify({ crossed, signals, requests })}`;
}

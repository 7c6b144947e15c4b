import { rmSync } from 'node:fs';
import { readTrace, type Trace } from '../support/trace.js';
import { SIGNAL_CALLS } from '../support/strace.js';
import { HOSTED } from '../support/sync.js';
import { until } from '../support/until.js';
import type { World } from '../support/world.js';
import type { Entrypoint } from './table.js';

/**
 * Programs that are started detach: a new daemon lives on, and is a way in of its own. Traces are appended to: a command
 * that is repeated has one.
 */
const STRACE = ['strace', '-f', '--seccomp-bpf', '-b', 'execve', '-yy', '-s', '4096', '-A'];
const CALLS = [...SIGNAL_CALLS, 'connect', 'write', 'writev', 'sendto', 'sendmsg'].join(',');

interface Used {
  /** Where it did not end as it should, what it said. */
  readonly trouble: string | null;
  /** Its JSON report, where it prints one. */
  readonly report: string;
}

/** Uses a way in, watched. @returns what it did to others, and what it reported */
export async function use(world: World, entrypoint: Entrypoint): Promise<Trace & Used> {
  const traceTo = `${world.folder}/trace`;
  const under = [...STRACE, '-e', `trace=${CALLS}`, '-o', traceTo];
  const used =
    entrypoint === 'self-retirement'
      ? { trouble: await retire(world, traceTo, under), report: '{}' }
      : await command(world, entrypoint, under);
  return { ...readTrace(traceTo), ...used };
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

/** The next step of a command that did nothing, because each of its looks outlasted the lock of starts. */
const BUSY = 'run it again when the machine has less to do';
const MOST_TRIES = 10;

async function command(
  world: World,
  entrypoint: Exclude<Entrypoint, 'self-retirement'>,
  under: readonly string[],
): Promise<Used> {
  for (let tries = 1; ; tries++) {
    const { code, stdout, stderr } = await world.run(WORDS[entrypoint], {
      under,
      cwd: world.project,
      env: entrypoint === 'startup' ? HOSTED : {},
      aMinuteLater: entrypoint === 'dashboard cleanup',
    });
    if (code === 2 && stdout.includes(BUSY) && tries < MOST_TRIES) continue;
    const isDone = code === 0 || code === 1;
    return { trouble: isDone ? null : `exit code ${String(code)}: ${stdout} ${stderr}`, report: stdout };
  }
}

/** One of each family, on a port that nobody else has; they are superseded, or nothing names them any more. */
async function retire(world: World, traceTo: string, under: readonly string[]): Promise<string | null> {
  const stateFile = await world.shell(`cat ${world.root}/sync-daemon`);
  const sync = await world.startOwn({
    family: 'sync',
    port: 9420,
    root: world.root,
    env: { SYNC_DAEMON_IDLE_RETIREMENT_SECONDS: '1' },
    under,
  });
  if (stateFile.stdout === '') rmSync(`${world.root}/sync-daemon`);
  else world.writeStateFile(stateFile.stdout);
  await until(() => !sync.alive());
  const dashboard = await world.startOwn({
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

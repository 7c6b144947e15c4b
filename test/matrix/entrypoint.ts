import { rmSync } from 'node:fs';
import { readTrace, type Trace } from '../support/trace.js';
import { SIGNAL_CALLS } from '../support/strace.js';
import { HOSTED } from '../support/sync.js';
import { until } from '../support/until.js';
import type { World } from '../support/world.js';
import type { Entrypoint } from './table.js';

/**
 * `-b execve` detaches strace from started programs: a new daemon keeps running after the entrypoint. `-A` appends, so
 * that a repeated command has one trace.
 */
const STRACE = ['strace', '-f', '--seccomp-bpf', '-b', 'execve', '-yy', '-s', '4096', '-A'];
const CALLS = [...SIGNAL_CALLS, 'connect', 'write', 'writev', 'sendto', 'sendmsg'].join(',');

interface EntrypointResult {
  /** What the entrypoint said if it did not end as expected; else null. */
  readonly error: string | null;
  /** Its JSON report. */
  readonly report: string;
}

/** Runs an entrypoint under strace. @returns the traced calls, and what the entrypoint reported */
export async function runEntrypoint(world: World, entrypoint: Entrypoint): Promise<Trace & EntrypointResult> {
  const traceTo = `${world.folder}/trace`;
  const under = [...STRACE, '-e', `trace=${CALLS}`, '-o', traceTo];
  const result =
    entrypoint === 'self-retirement'
      ? { error: await retire(world, traceTo, under), report: '{}' }
      : await command(world, entrypoint, under);
  return { ...readTrace(traceTo), ...result };
}

const COMMANDS: Readonly<Record<Exclude<Entrypoint, 'self-retirement'>, readonly string[]>> = {
  startup: ['sync', 'now', '--json'],
  doctor: ['auth', 'doctor', '--json'],
  reset: ['auth', 'doctor', '--reset', '--json'],
  'reset --only safe_auto': ['auth', 'doctor', '--reset', '--only', 'safe_auto', '--json'],
  'dashboard start': ['dashboard', '--json'],
  'dashboard stop': ['dashboard', '--stop', '--json'],
  'dashboard cleanup': ['dashboard', '--json'],
};

/** Part of the remedy of a command that did nothing because each scan outlasted the start lock. */
const BUSY = 'run it again when the machine is less busy';
const MOST_ATTEMPTS = 10;

async function command(
  world: World,
  entrypoint: Exclude<Entrypoint, 'self-retirement'>,
  under: readonly string[],
): Promise<EntrypointResult> {
  for (let attempt = 1; ; attempt++) {
    const { code, stdout, stderr } = await world.run(COMMANDS[entrypoint], {
      under,
      cwd: world.project,
      env: entrypoint === 'startup' ? HOSTED : {},
      asIfRunningForAMinute: entrypoint === 'dashboard cleanup',
    });
    if (stdout.includes(BUSY) && attempt < MOST_ATTEMPTS) continue;
    const isDone = code === 0 || code === 1;
    return { error: isDone ? null : `exit code ${String(code)}: ${stdout} ${stderr}`, report: stdout };
  }
}

/** Starts a daemon of each family on an unused port, and waits until both retire, because they are not recorded or idle. */
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
    : `the dashboard left its range or acted: ${JSON.stringify({ crossed, signals, requests })}`;
}

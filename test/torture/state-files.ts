import type { SyncStartReport } from '../../src/sync/status.js';
import { isAlive } from '../support/process-table.js';
import type { World } from '../support/world.js';
import { type TestListener, listenerOf } from './listeners.js';
import type { Random } from './random.js';

/** The state file of the root when a round begins. */
export const STATES = ['missing', 'stale', 'corrupt', 'recycled', 'recorded', 'without PID', 'ours'] as const;
export type State = (typeof STATES)[number];

const UNUSED_PORT = 9449;
const NO_PROCESS = 4_194_303;

/** Writes the state file and starts the daemon that it names, if any. Only `sync stop` may end that daemon. */
export async function writeState(
  state: State,
  world: World,
  random: Random,
): Promise<readonly TestListener[]> {
  switch (state) {
    case 'missing':
      return [];
    case 'corrupt':
      world.writeStateFile(random.pick(['garbage', '', 'http://127.0.0.1:9400\nx\n', 'a\nb\nc\nd\ne\n']));
      return [];
    case 'stale':
      world.writeStateFile([`http://127.0.0.1:${UNUSED_PORT}`, UNUSED_PORT, 'token', NO_PROCESS]);
      return [];
    case 'recycled': {
      const thirdParty = await world.startPlainHttp(9300);
      const lines = [`http://127.0.0.1:${UNUSED_PORT}`, UNUSED_PORT, 'token', thirdParty.pid];
      world.writeStateFile(lines);
      const { pid, alive } = thirdParty;
      return [
        {
          kind: 'owner of a recycled PID',
          port: 9300,
          pid,
          alive,
          shutdownRequests: () => 0,
          mayBeEndedBy: [],
          isOfOurRoot: false,
          mayBeRecorded: false,
        },
      ];
    }
    case 'recorded':
    case 'without PID': {
      const daemon = await world.startDaemon({ port: 9400, version: random.pick(['3.2.3', '3.2.5']) });
      if (state === 'recorded') world.recordSingleton(daemon);
      else world.writeStateFile(['http://127.0.0.1:9400', 9400, daemon.token]);
      return [listenerOf('recorded', daemon, ['sync stop'])];
    }
    case 'ours':
      return [await startOurs(world)];
  }
}

async function startOurs(world: World): Promise<TestListener> {
  const started = await world.run(['sync', 'start', '--json'], { env: { SPEC_KITTY_ENABLE_SAAS_SYNC: '1' } });
  const { outcome } = started.json() as SyncStartReport;
  if (outcome.kind !== 'ready') throw new Error(started.stdout);
  const { pid, port } = outcome.daemon;
  const outside = world.outside(pid);
  return {
    kind: 'ours',
    port,
    pid,
    alive: () => isAlive(outside),
    // Our daemons do not count requests.
    shutdownRequests: () => 0,
    mayBeEndedBy: ['sync stop'],
    isOfOurRoot: true,
    mayBeRecorded: true,
  };
}

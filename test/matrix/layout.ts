import { mkdirSync, rmSync } from 'node:fs';
import { recordDashboard } from '../support/dashboards.js';
import type { World } from '../support/world.js';
import type { Entrypoint, Layout, ListenerName } from './table.js';
import { isInRange } from '../../src/model/family.js';

/** A running listener of the layout. */
export interface RunningListener {
  readonly name: ListenerName;
  readonly port: number;
  readonly pid: number;
  readonly alive: () => boolean;
  /** Whether it received a shutdown request; false for programs without a journal. */
  readonly gotRequest: () => boolean;
}

/** Port of the daemon that the port forward leads to: a live daemon, recorded in another root. */
const RELAY_TARGET_PORT = 9430;

type Start = (
  world: World,
  port: number,
) => Promise<Omit<RunningListener, 'name' | 'port' | 'gotRequest'> & Journaled>;
interface Journaled {
  readonly journal?: () => { readonly shutdownTokens: readonly unknown[] };
}

/** Starts all listeners, and then records the daemons that the entrypoint expects to be recorded. */
export async function startLayout(
  world: World,
  layout: Layout,
  entrypoint: Entrypoint,
): Promise<readonly RunningListener[]> {
  const relayTarget = await world.startDaemon({
    port: RELAY_TARGET_PORT,
    version: '3.2.5',
    root: `${world.folder}/relay-target/.spec-kitty`,
  });
  world.recordSingleton(relayTarget);
  mkdirSync(otherProject(world), { recursive: true });
  const listeners = await Promise.all(
    layout.map(async ({ name, port }): Promise<RunningListener> => {
      const { pid, alive, journal } = await STARTS[name](world, port);
      return { name, port, pid, alive, gotRequest: () => (journal?.().shutdownTokens.length ?? 0) > 0 };
    }),
  );
  // Daemons of this version recorded themselves at their start. In the table at most one per family is recorded.
  rmSync(`${world.root}/sync-daemon`, { force: true });
  const recorded = listeners.find(({ name, port }) => name === 'recorded' && isInRange(port, 'sync'));
  if (recorded)
    world.writeStateFile([`http://127.0.0.1:${recorded.port}`, recorded.port, 'token', recorded.pid]);
  if (entrypoint === 'dashboard cleanup') rmSync(`${world.project}/.kittify/.dashboard`, { force: true });
  return [...listeners, asListener('relay', relayTarget)];
}

/** The daemon behind the port forward must survive like the port forward itself. */
function asListener(
  name: ListenerName,
  { pid, alive, journal }: Awaited<ReturnType<World['startDaemon']>>,
): RunningListener {
  return { name, port: RELAY_TARGET_PORT, pid, alive, gotRequest: () => journal().shutdownTokens.length > 0 };
}

function otherProject(world: World): string {
  return `${world.folder}/other-project/.kittify`;
}

const STARTS: Readonly<Record<ListenerName, Start>> = {
  orphan: (world, port) => world.startDaemon({ port, version: '3.2.2' }),
  preMarker: (world, port) => world.startDaemon({ port, version: '3.1.4' }),
  recorded: (world, port) => world.startDaemon({ port, version: '3.2.5' }),
  ourSync: (world, port) => world.startOwnDaemon({ family: 'sync', port, root: world.root }),
  ourDashboard: (world, port) => world.startOwnDaemon({ family: 'dashboard', port, root: world.project }),
  releasedDashboard: (world, port) => world.startDashboard({ port, project: world.project }),
  webServer: (world, port) => world.startPlainHttp(port),
  syncImpostor: (world, port) => world.startHostile(port, 'impostor', 1),
  namedOrphan: (world, port) => world.startDaemon({ port, version: '3.2.4' }),
  otherRoot: (world, port) =>
    world.startDaemon({ port, version: '3.2.3', root: `${world.folder}/other-root/.spec-kitty` }),
  otherReleased: async (world, port) => {
    const dashboard = await world.startDashboard({ port, project: `${world.folder}/third-project` });
    recordDashboard(dashboard);
    return dashboard;
  },
  otherDashboard: (world, port) =>
    world.startOwnDaemon({ family: 'dashboard', port, root: `${world.folder}/other-project` }),
  silent: (world, port) => world.startSilent([port]),
  dashboardImpostor: (world, port) => world.startHostile(port, 'dashboard'),
  relay: (world, port) => world.startRelay(port, RELAY_TARGET_PORT),
  editor: (world, port) =>
    world.startPlainHttp(port, {
      extraArguments: [
        '-c',
        `from specify_cli.sync.daemon import run_sync_daemon\nrun_sync_daemon(${port}, 'x')\n`,
        `--spec-kitty-daemon-root=${world.root}`,
      ],
    }),
};

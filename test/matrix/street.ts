import { mkdirSync, rmSync } from 'node:fs';
import { recordDashboard } from '../support/dashboards.js';
import type { World } from '../support/world.js';
import type { Entrypoint, NeighbourName, Street } from './table.js';
import { isInRange } from '../../src/model/family.js';

/** Somebody who stands there. */
export interface Resident {
  readonly name: NeighbourName;
  readonly port: number;
  readonly pid: number;
  readonly alive: () => boolean;
  /** Whether somebody asked it to leave; of those who keep no book nobody knows. */
  readonly wasAsked: () => boolean;
}

/** A live daemon of another root, recorded there: what a port forward leads to. */
const BEHIND_THE_RELAY = 9430;

type Start = (world: World, port: number) => Promise<Omit<Resident, 'name' | 'port' | 'wasAsked'> & Booked>;
interface Booked {
  readonly journal?: () => { readonly shutdownTokens: readonly unknown[] };
}

/** Moves everybody in; who is recorded then depends on the way in. */
export async function moveIn(
  world: World,
  street: Street,
  entrypoint: Entrypoint,
): Promise<readonly Resident[]> {
  const landlord = await world.startDaemon({
    port: BEHIND_THE_RELAY,
    version: '3.2.5',
    root: `${world.folder}/landlord/.spec-kitty`,
  });
  world.recordSingleton(landlord);
  mkdirSync(otherProject(world), { recursive: true });
  const residents = await Promise.all(
    street.map(async ({ name, port }): Promise<Resident> => {
      const { pid, alive, journal } = await STARTS[name](world, port);
      return { name, port, pid, alive, wasAsked: () => (journal?.().shutdownTokens.length ?? 0) > 0 };
    }),
  );
  // Ours record themselves as they start; here only one of each family may be recorded, or none.
  rmSync(`${world.root}/sync-daemon`, { force: true });
  const recorded = residents.find(({ name, port }) => name === 'recorded' && isInRange(port, 'sync'));
  if (recorded)
    world.writeStateFile([`http://127.0.0.1:${recorded.port}`, recorded.port, 'token', recorded.pid]);
  if (entrypoint === 'dashboard cleanup') rmSync(`${world.project}/.kittify/.dashboard`, { force: true });
  return [...residents, landlordAs('relay', landlord)];
}

/** It must live, whatever becomes of who leads to it. */
function landlordAs(
  name: NeighbourName,
  { pid, alive, journal }: Awaited<ReturnType<World['startDaemon']>>,
): Resident {
  return { name, port: BEHIND_THE_RELAY, pid, alive, wasAsked: () => journal().shutdownTokens.length > 0 };
}

function otherProject(world: World): string {
  return `${world.folder}/other-project/.kittify`;
}

const STARTS: Readonly<Record<NeighbourName, Start>> = {
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
  relay: (world, port) => world.startRelay(port, BEHIND_THE_RELAY),
  editor: (world, port) =>
    world.startPlainHttp(port, {
      extraArguments: [
        '-c',
        `from specify_cli.sync.daemon import run_sync_daemon\nrun_sync_daemon(${port}, 'x')\n`,
        `--spec-kitty-daemon-root=${world.root}`,
      ],
    }),
};

import { recordDashboard } from '../support/dashboards.js';
import type { Dashboard } from '../support/dashboards.js';
import type { CommandName, StartOptions, TestListener } from './listeners.js';
import { listenerOf } from './listeners.js';

const NEVER: readonly CommandName[] = [];
const NOT_OURS = { isOfOurRoot: false, mayBeRecorded: false };

/**
 * Starts listeners in the dashboard range: dashboards of this and other projects, recorded or not, and sync daemons.
 */
export async function startDashboards({ world, random }: StartOptions): Promise<readonly TestListener[]> {
  const ports = random.shuffle(Array.from({ length: 60 }, (_, index) => 9238 + index));
  const members: TestListener[] = [];
  for (const port of ports.slice(0, random.integer(0, 4))) {
    const draw = random.next();
    if (draw < 0.5) members.push(await ofThisProject({ world, random }, port));
    else if (draw < 0.75) {
      const other = await world.startDashboard({ port });
      if (random.chance(0.5)) recordDashboard(other);
      members.push(dashboardAs("another project's dashboard", other, NEVER));
    } else {
      const astray = await world.startDaemon({ port, version: '3.2.4' });
      members.push({ ...listenerOf('sync daemon among dashboards', astray, NEVER), ...NOT_OURS });
    }
  }
  return members;
}

/** `dashboard` does not end a dashboard that has just started, because its start may not be complete. */
async function ofThisProject({ world, random }: StartOptions, port: number): Promise<TestListener> {
  const isLiar = random.chance(0.2);
  const started = await world.startDashboard({
    port,
    project: world.project,
    ...(isLiar ? { healthPatch: { token: 'another' } } : {}),
  });
  if (random.chance(0.5)) recordDashboard(started);
  return isLiar
    ? dashboardAs('lying dashboard', started, NEVER)
    : { ...dashboardAs('dashboard', started, ['dashboard --stop']), isOfOurRoot: true };
}

function dashboardAs(
  kind: string,
  { port, pid, alive, journal }: Dashboard,
  mayBeEndedBy: readonly CommandName[],
): TestListener {
  const shutdownRequests = (): number => journal().shutdownTokens.length;
  return { kind, port, pid, alive, shutdownRequests, mayBeEndedBy, ...NOT_OURS };
}

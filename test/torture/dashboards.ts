import { recordDashboard } from '../support/dashboards.js';
import type { Dashboard } from '../support/dashboards.js';
import type { Act, CastOptions, Member } from './cast.js';
import { memberOf } from './cast.js';

const NEVER: readonly Act[] = [];
const NOT_OURS = { isOfOurRoot: false, mayBeRecorded: false };

/** Some of the dashboard range: of this project and of others, recorded or not, and a sync daemon gone astray. */
export async function startDashboards({ world, random }: CastOptions): Promise<readonly Member[]> {
  const ports = random.shuffle(Array.from({ length: 60 }, (_, index) => 9238 + index));
  const members: Member[] = [];
  for (const port of ports.slice(0, random.integer(0, 4))) {
    const draw = random.next();
    if (draw < 0.5) members.push(await ofThisProject({ world, random }, port));
    else if (draw < 0.75) {
      const other = await world.startDashboard({ port });
      if (random.chance(0.5)) recordDashboard(other);
      members.push(dashboardAs("another project's dashboard", other, NEVER));
    } else {
      const astray = await world.startDaemon({ port, version: '3.2.4' });
      members.push({ ...memberOf('sync daemon among dashboards', astray, NEVER), ...NOT_OURS });
    }
  }
  return members;
}

/** What was just started may be being started: only who asks for it in so many words ends it. */
async function ofThisProject({ world, random }: CastOptions, port: number): Promise<Member> {
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

function dashboardAs(kind: string, { port, pid, alive, journal }: Dashboard, mayGo: readonly Act[]): Member {
  const asked = (): number => journal().shutdownTokens.length;
  return { kind, port, pid, alive, asked, mayGo, ...NOT_OURS };
}

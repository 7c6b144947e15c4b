import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { DashboardView } from '../../src/dashboard/view.js';
import { dashboardStop, dashboardUp, readyDashboard } from '../support/dashboard-command.js';
import { doctor, verdictOn } from '../support/doctor.js';
import { isAlive } from '../support/process-table.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { startOurs, sync } from '../support/sync.js';
import { until } from '../support/until.js';
import { createWorld, type World } from '../support/world.js';

/** More than the connection limit of a daemon of this version. */
const CONNECTIONS = 600;
const FIN_WAIT1 = '04';

describeIf([hasNetworkNamespace, hasPython, isRoot], 'while another user opens many connections', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  async function expectInService(pid: number, port: number): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1) {
      const { report } = await sync(world, 'status');
      expect(report.daemon).toMatchObject({ state: 'healthy', pid, port });
    }
    const { report } = await doctor(world);
    expect(verdictOn(report, port)).toBe('never_touch recorded_singleton');
    const stopped = await sync(world, 'stop');
    expect({ code: stopped.code, alive: isAlive(pid) }).toEqual({ code: 0, alive: false });
  }

  test.each(['holds', 'dribbles'] as const)(
    'the sync daemon answers its own user and can be stopped, with a client that %s',
    async (how) => {
      const { pid, port } = await startOurs(world);
      const crowd = await world.startCrowd(how, port, CONNECTIONS);
      expect(crowd.alive()).toBe(true);
      await expectInService(pid, port);
    },
    60_000,
  );

  test('the sync daemon answers its own user and can be stopped, after connections that were opened while it was stopped', async () => {
    const { pid, port } = await startOurs(world);
    process.kill(pid, 'SIGSTOP');
    // More than Node's default backlog.
    await world.startCrowd('holds', port, 1000);
    process.kill(pid, 'SIGCONT');
    await expectInService(pid, port);
  }, 60_000);

  test('the sync daemon answers its own user and can be stopped, with clients that close with unsent data', async () => {
    const { pid, port } = await startOurs(world);
    await world.startCrowd('leaves', port, CONNECTIONS);
    await until(async () => (await statesOfCallers(port)).includes(FIN_WAIT1));
    await expectInService(pid, port);
  }, 60_000);

  test('the dashboard serves its own user the page and its data, and can be stopped', async () => {
    const { pid, port } = readyDashboard(await dashboardUp(world));
    // A silent listener delays the view, so that many connections arrive while it is built.
    await world.startSilent([port + 1]);
    await world.startCrowd('asks', port, CONNECTIONS);
    const views = new Set<unknown>();
    while (views.size < 2) {
      expect(await world.ask(port, { path: '/', seconds: 30 })).toMatchObject({ status: 200 });
      const { status, body } = await world.ask(port, { path: '/api/view', seconds: 30 });
      expect({ views, status }).toEqual({ views, status: 200 });
      const view = JSON.parse(body) as DashboardView;
      expect(view.for_own_user).toBe(true);
      views.add(view.generated_at);
    }
    expect(readyDashboard(await dashboardUp(world))).toMatchObject({ how: 'reused', pid });
    await dashboardStop(world);
    expect(isAlive(pid)).toBe(false);
  }, 60_000);

  /** States of the client sockets of the connections to a port, as in /proc/net/tcp. */
  async function statesOfCallers(port: number): Promise<readonly string[]> {
    const { stdout } = await world.shell('cat /proc/net/tcp');
    const end = `:${port.toString(16).toUpperCase()}`;
    return stdout
      .split('\n')
      .map((row) => row.trim().split(/ +/))
      .filter(([, , remote]) => remote?.endsWith(end))
      .map(([, , , state]) => state ?? '');
  }
});

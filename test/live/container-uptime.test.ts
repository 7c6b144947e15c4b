import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { dashboardUp, readyDashboard } from '../support/dashboard-command.js';
import { candidateOn, doctor } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

/** Age from which a start retires a stale dashboard, plus one second for rounding. */
const OLD_ENOUGH_MS = 31_000;

/** With lxcfs a container has its own `/proc/uptime`, but start times still count from the boot of the machine. */
describeIf([hasNetworkNamespace, hasPython, isRoot], 'a container with its own /proc/uptime', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld({ init: 'reaps' });
  });
  afterEach(() => world.close());

  const pretendUptime = async (seconds: number): Promise<void> => {
    const { code, stderr } = await world.shell(
      `echo '${seconds}.00 ${seconds}.00' > '${world.folder}/uptime' && mount --bind '${world.folder}/uptime' /proc/uptime`,
    );
    expect([code, stderr]).toEqual([0, '']);
  };

  test('a stale dashboard is retired once it is 30 s old, and not before', async () => {
    await pretendUptime(5);
    const left = await world.startDashboard({ port: 9240, project: world.project });
    const young = await dashboardUp(world);
    expect([readyDashboard(young).how, left.alive()]).toEqual(['started', true]);
    await sleep(OLD_ENOUGH_MS);
    const later = await dashboardUp(world);
    expect(later.report.outcome).toMatchObject({ kind: 'ready', swept: [{ pid: left.pid }], failed: [] });
    expect(left.alive()).toBe(false);
  }, 120_000);

  test('the start time of a daemon is not in the future', async () => {
    await pretendUptime(5);
    await world.startDaemon({ port: 9401, version: '3.2.4' });
    const { started_at: at } = candidateOn((await doctor(world)).report, 9401).cost;
    // The test itself takes less than a minute.
    expect(Math.abs(Date.now() - Date.parse(at ?? ''))).toBeLessThan(60_000);
  });

  test('a young dashboard is not retired if the uptime is too large', async () => {
    await pretendUptime(4_000_000_000);
    const left = await world.startDashboard({ port: 9240, project: world.project });
    expect(readyDashboard(await dashboardUp(world)).how).toBe('started');
    expect(left.alive()).toBe(true);
  });
});

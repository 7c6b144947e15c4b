import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { dashboardUp, readyDashboard } from '../support/dashboard-command.js';
import { candidateOn, doctor } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { HOSTED, readyDaemon, sync } from '../support/sync.js';
import { createWorld, type World } from '../support/world.js';

const ANOTHER_USER = 12_345;
const LOOKS = 6;

/*
 * Another user had sockets on the port before the daemon listened there, and takes connections of programs that leave
 * their own address to the kernel.
 */
describeIf([hasNetworkNamespace, hasPython, isRoot], 'connections that another user can take', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  const takesConnections = (port: number) =>
    world.startProgram('take_connections.py', [port, '0.0.1'], { uid: ANOTHER_USER });

  /** Whether another program gets an answer that was changed. */
  const isTaken = async (port: number): Promise<boolean> => {
    const { stdout } = await world.shell(
      `for try in $(seq 20); do python3 -c 'import urllib.request as u; print(u.urlopen("http://127.0.0.1:${port}/api/health", timeout=1).read())' 2>&1; sleep 0.3; done`,
    );
    return stdout.includes('0.0.1');
  };

  test('do not make a start replace the live daemon by one that seems newer', async () => {
    await takesConnections(9400);
    const { pid } = readyDaemon(await sync(world, 'start', { env: HOSTED }));
    for (let look = 0; look < LOOKS; look++) {
      expect(readyDaemon(await sync(world, 'now', { env: HOSTED }))).toMatchObject({ how: 'reused', pid });
    }
    expect(await isTaken(9400)).toBe(true);
  }, 120_000);

  test('do not carry what a look asks and hears', async () => {
    await takesConnections(9401);
    const { pid } = await world.startDaemon({ port: 9401, version: '3.2.4' });
    for (let look = 0; look < LOOKS; look++) {
      const { report } = await doctor(world);
      expect(candidateOn(report, 9401)).toMatchObject({ pid, package_version: '3.2.4' });
    }
    expect(await isTaken(9401)).toBe(true);
  }, 120_000);

  test('do not make a dashboard replace the live one', async () => {
    const first = readyDashboard(await dashboardUp(world));
    await world.run(['dashboard', '--stop'], { cwd: world.project });
    await takesConnections(first.port);
    const { pid, port } = readyDashboard(await dashboardUp(world));
    expect(port).toBe(first.port);
    for (let look = 0; look < LOOKS; look++) {
      expect(readyDashboard(await dashboardUp(world))).toMatchObject({ how: 'reused', pid });
    }
  }, 120_000);
});

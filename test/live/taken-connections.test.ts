import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmodSync, existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dashboardUp, readyDashboard } from '../support/dashboard-command.js';
import { candidateOn, doctor } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { isAlive } from '../support/process-table.js';
import { HOSTED, readyDaemon, startOurs, sync } from '../support/sync.js';
import { until } from '../support/until.js';
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

  /** A daemon with a full queue, each client of which another user answers. */
  const withFullQueue = async (port: number, start: () => Promise<Suspendable>): Promise<void> => {
    const folder = mkdtempSync(`${world.folder}/shared-`);
    chmodSync(folder, 0o777);
    const go = `${folder}/go`;
    await world.startProgram('take_queued_connections.py', [port, go], { uid: ANOTHER_USER });
    const daemon = await start();
    process.kill(world.outside(daemon.pid), 'SIGSTOP');
    writeFileSync(go, '');
    await until(() => existsSync(`${go}.full`));
    const { report } = await doctor(world, ['--reset']);
    expect(existsSync(`${go}.took`)).toBe(true);
    expect(report.swept).toEqual([]);
    expect(report.skipped).toMatchObject([
      {
        pid: daemon.pid,
        skip_reason: 'singleton_unknown',
        detail: expect.stringContaining('a socket of another user received the connection'),
      },
    ]);
    expect(isAlive(world.outside(daemon.pid))).toBe(true);
  };

  test('do not make a reset end a suspended daemon of a release by wrong answers (pitfall 3)', async () => {
    await withFullQueue(9401, async () => {
      const daemon = await world.startDaemon({ port: 9401, version: '3.2.5', oneAtATime: true });
      world.recordSingleton(daemon);
      return daemon;
    });
  }, 120_000);

  test('do not make a reset end a suspended daemon of ours by wrong answers', async () => {
    await withFullQueue(9400, () => startOurs(world));
  }, 120_000);
});

interface Suspendable {
  readonly pid: number;
}

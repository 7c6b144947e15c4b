import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { doctor } from '../support/doctor.js';
import { isAlive } from '../support/process-table.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { identityRecords, install, readyDaemon, startOurs, sync } from '../support/sync.js';
import { until } from '../support/until.js';
import { createWorld, type World } from '../support/world.js';

const IDLE = 'SYNC_DAEMON_IDLE_RETIREMENT_SECONDS';

describeIf(
  [hasNetworkNamespace, hasPython],
  'the sync daemon retires by itself (AS-5, FR-010, FR-011)',
  () => {
    let world: World;
    beforeEach(async () => {
      world = await createWorld();
    });
    afterEach(() => world.close());

    /** Retirement reasons in the report of doctor. */
    const reasons = async (): Promise<readonly (string | null)[]> =>
      (await doctor(world)).report.recent
        .filter(({ asked_by: who }) => who === 'itself')
        .map(({ result }) => result);

    test('after the idle time, within two ticks, and removes its records (FR-011, pitfalls 2 and 19)', async () => {
      const { pid } = await startOurs(world, { [IDLE]: '1' });
      expect(await until(() => !isAlive(pid))).toBeLessThan(3500);
      expect(existsSync(`${world.root}/sync-daemon`)).toBe(false);
      expect(identityRecords(world)).toEqual([]);
      expect(await reasons()).toEqual(['retired: idle']);
      expect(readFileSync(`${world.root}/sync-daemon.log`, 'utf8')).toContain('leaves (idle)');
    });

    test("within one tick when another proven daemon is recorded, and keeps that daemon's state file (AS-5, FR-010)", async () => {
      const { pid } = await startOurs(world, { [IDLE]: '2' });
      const successor = await world.startDaemon({ port: 9410, version: '3.2.5' });
      world.recordSingleton(successor);
      const stateFile = readFileSync(`${world.root}/sync-daemon`, 'utf8');
      await until(() => !isAlive(pid));
      expect(readFileSync(`${world.root}/sync-daemon`, 'utf8')).toBe(stateFile);
      expect([successor.alive(), await reasons()]).toEqual([true, ['retired: superseded']]);
    });

    test('when a newer daemon of ours was started after its state file was moved (FR-010)', async () => {
      const older = install(world, '3.2.99');
      const first = readyDaemon(await sync(world, 'start', { ...older, env: { [IDLE]: '2' } }));
      // Hides the older daemon from the start of the newer one, so that it must retire by itself.
      await world.shell(`kill -STOP ${first.pid} && mv ${world.root}/sync-daemon ${world.root}/aside`);
      const second = readyDaemon(await sync(world, 'start'));
      await world.shell(`kill -CONT ${first.pid}`);
      await until(() => !isAlive(first.pid));
      expect(isAlive(second.pid)).toBe(true);
      expect((await sync(world, 'status')).report.daemon).toMatchObject({
        state: 'healthy',
        pid: second.pid,
      });
      expect(await reasons()).toEqual(['retired: superseded']);
    }, 20_000);

    test.each([
      ['the state file', 'sync-daemon'],
      ['its identity record', 'sync/daemon/identity'],
    ])('when %s was removed (pitfall 19)', async (_what, path) => {
      const { pid } = await startOurs(world, { [IDLE]: '2' });
      await sleep(300);
      rmSync(`${world.root}/${path}`, { recursive: true });
      await until(() => !isAlive(pid));
      expect(await reasons()).toEqual(['retired: record_gone']);
      expect(existsSync(`${world.root}/sync-daemon`)).toBe(false);
    });

    test('when its root was deleted, and does not create it again (pitfalls 19 and 22)', async () => {
      const { pid } = await startOurs(world, { [IDLE]: '2' });
      rmSync(world.root, { recursive: true });
      await until(() => !isAlive(pid));
      expect(existsSync(world.root)).toBe(false);
    });

    test('when its root was renamed, and changes nothing in the renamed root', async () => {
      const { pid } = await startOurs(world, { [IDLE]: '2' });
      const renamed = `${world.folder}/renamed`;
      renameSync(world.root, renamed);
      const before = readdirSync(renamed, { recursive: true });
      await until(() => !isAlive(pid));
      expect(existsSync(world.root)).toBe(false);
      expect(readdirSync(renamed, { recursive: true })).toEqual(before);
    });

    test('when its root was replaced by another directory, and changes nothing in it', async () => {
      const { pid } = await startOurs(world, { [IDLE]: '2' });
      rmSync(world.root, { recursive: true });
      mkdirSync(world.root);
      await until(() => !isAlive(pid));
      expect(readdirSync(world.root)).toEqual([]);
    });

    test.each(['SIGTERM', 'SIGINT'])('on %s', async (signal) => {
      const { pid } = await startOurs(world);
      await world.shell(`kill -${signal.slice(3)} ${pid}`);
      await until(() => !isAlive(pid), 2000);
      expect([await reasons(), identityRecords(world)]).toEqual([['retired: asked'], []]);
    });

    test.each([
      ['garbage', 'garbage\n'],
      ['a port whose listener is not proven', 'http://127.0.0.1:9420\n9420\nx\n'],
    ])(
      'but not because the state file contains %s',
      async (_what, text) => {
        const { pid } = await startOurs(world, { [IDLE]: '3' });
        const web = await world.startPlainHttp(9420);
        writeFileSync(`${world.root}/sync-daemon`, text);
        // Each tick checks the state file before the idle time. The daemon retires as idle and keeps the file.
        await until(() => !isAlive(pid));
        expect(web.alive()).toBe(true);
        expect(readFileSync(`${world.root}/sync-daemon`, 'utf8')).toBe(text);
        expect(await reasons()).toEqual(['retired: idle']);
      },
      15_000,
    );

    test('and keeps the state file while another process holds the start lock', async () => {
      const { pid } = await startOurs(world);
      const holder = world.shell(
        `exec 9>${world.root}/sync-daemon.lock; flock 9; touch ${world.folder}/held; sleep 2`,
      );
      await until(() => existsSync(`${world.folder}/held`));
      await world.shell(`kill -TERM ${pid}`);
      await until(() => !isAlive(pid), 2000);
      expect(existsSync(`${world.root}/sync-daemon`)).toBe(true);
      await holder;
      // The next command is not misled by the stale state file.
      expect(readyDaemon(await sync(world, 'now'))).toMatchObject({ how: 'started' });
    });
  },
);

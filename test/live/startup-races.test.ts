import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { existsSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { doctor } from '../support/doctor.js';
import { isAlive } from '../support/process-table.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { identityRecords, install, readyDaemon, sync } from '../support/sync.js';
import { createWorld, type World } from '../support/world.js';

describeIf([hasNetworkNamespace, hasPython], 'concurrent and killed commands that need sync', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  const startOrphans = async (): Promise<void> => {
    await Promise.all(
      ['3.2.2', '3.2.3', '3.2.4'].map((version, index) => world.startDaemon({ port: 9410 + index, version })),
    );
  };
  /** Expects one healthy recorded daemon, and no process, record or temporary file of another. */
  const expectOneDaemon = async (): Promise<number> => {
    const { report } = await doctor(world);
    expect(report.daemon).toMatchObject({ state: 'healthy' });
    expect(report.candidates.map(({ pid }) => pid)).toEqual([report.daemon?.pid]);
    expect(identityRecords(world).map(({ pid }) => pid)).toEqual([report.daemon?.pid]);
    const files = readdirSync(world.root, { recursive: true }).map(String);
    expect(files.filter((name) => name.endsWith('.tmp'))).toEqual([]);
    return report.daemon?.pid ?? 0;
  };

  test.each([1, 2, 3, 4, 5])(
    'twenty concurrent commands on a root with stale daemons end with one daemon, and none fails (%d) (FR-007)',
    async () => {
      await startOrphans();
      const runs = await Promise.all(Array.from({ length: 20 }, () => sync(world, 'now')));
      expect(runs.map(({ code }) => code)).toEqual(Array(20).fill(0));
      // Released commands wait 10 s for a start; the rest is what a busy machine adds.
      const alone = await sync(world, 'now');
      expect(Math.max(...runs.map(({ ms }) => ms))).toBeLessThan(8000 + 20 * alone.ms);
      const pids = new Set(runs.map((run) => readyDaemon(run).pid));
      expect([...pids]).toEqual([await expectOneDaemon()]);
      expect(runs.filter((run) => readyDaemon(run).how === 'started')).toHaveLength(1);
    },
    120_000,
  );

  test('two installations used in turn keep the daemon of the newer one (pitfall 21)', async () => {
    const older = install(world, '3.2.99');
    await sync(world, 'now', older);
    const newer = readyDaemon(await sync(world, 'now'));
    for (let turn = 0; turn < 20; turn++) {
      const { pid, how } = readyDaemon(await sync(world, 'now', turn % 2 === 0 ? older : {}));
      expect({ pid, how }).toEqual({ pid: newer.pid, how: 'reused' });
    }
    expect(await expectOneDaemon()).toBe(newer.pid);
  }, 30_000);

  test('after kill -9 of the daemon the next command starts a new one', async () => {
    const first = readyDaemon(await sync(world, 'now'));
    await world.shell(`kill -KILL ${first.pid}`);
    const second = readyDaemon(await sync(world, 'now'));
    expect(second).toMatchObject({ how: 'started' });
    expect(await expectOneDaemon()).toBe(second.pid);
  });

  describe('kill -9 of the starting command', () => {
    test.each([20, 40, 60, 80, 100, 120, 140, 160, 180, 200, 250, 300])(
      'after %d ms',
      async (killedAfterMs) => {
        await startOrphans();
        await world.run(['sync', 'now'], { env: { SPEC_KITTY_ENABLE_SAAS_SYNC: '1' }, killedAfterMs });
        const { pid } = readyDaemon(await sync(world, 'now'));
        // A daemon whose starter was killed before it confirmed retires, and this command may just have reused it
        // (ADR 13).
        await sleep(500);
        if (!isAlive(pid)) await sync(world, 'now');
        await expectOneDaemon();
      },
    );

    test('between the start of the daemon and its record: the daemon holds the lock and records itself', async () => {
      // The command opens the log right before it starts the daemon.
      const log = `${world.root}/sync-daemon.log`;
      const killer = `"$@" & while [ ! -e ${log} ]; do :; done; kill -KILL $!; wait`;
      const env = { SPEC_KITTY_ENABLE_SAAS_SYNC: '1' };
      await world.run(['sync', 'now'], { env, under: ['sh', '-c', killer, 'sh'] });
      expect(readyDaemon(await sync(world, 'now')).port).toBe(9400);
      await expectOneDaemon();
    });
  });

  test('after kill -9 of a sweep the next command finishes it', async () => {
    const needsKill = { version: '3.2.3', refusesShutdown: true, ignoresTerm: true } as const;
    const daemons = [
      await world.startDaemon({ port: 9410, ...needsKill }),
      await world.startDaemon({ port: 9411, ...needsKill }),
    ];
    const env = { SPEC_KITTY_ENABLE_SAAS_SYNC: '1' };
    await world.run(['sync', 'now'], { env, killedAfterMs: 1500 });
    expect(daemons.every((daemon) => daemon.alive())).toBe(true);
    const { report } = await sync(world, 'now');
    expect(report.outcome).toMatchObject({ kind: 'ready', daemon: { how: 'reused' } });
    expect(daemons.some((daemon) => daemon.alive())).toBe(false);
    await expectOneDaemon();
  }, 30_000);

  test('a command does not wait for a sweep in progress (pitfall 36)', async () => {
    await world.startDaemon({ port: 9410, version: '3.2.3', refusesShutdown: true, ignoresTerm: true });
    const first = sync(world, 'now');
    while (!existsSync(`${world.root}/sync-daemon`)) await sleep(5);
    const second = await sync(world, 'now');
    expect(readyDaemon(second).how).toBe('reused');
    expect(isAlive(readyDaemon(await first).pid)).toBe(true);
    const alone = await sync(world, 'now');
    // A sweep waits 3 s after SIGTERM and 3 s after the request: beyond that only what a loaded machine adds.
    expect(second.ms).toBeLessThan(2500 + 10 * alone.ms);
  }, 30_000);
});

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import type { Daemon } from '../support/daemons.js';
import { doctor } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

describeIf([hasNetworkNamespace, hasPython], 'a live daemon whose root was renamed while it ran', () => {
  let world: World;
  let root: string;
  beforeEach(async () => {
    world = await createWorld();
    root = `${world.folder}/old/.spec-kitty`;
    mkdirSync(root, { recursive: true });
  });
  afterEach(() => world.close());

  const startLive = async (): Promise<Daemon> => {
    const live = await world.startDaemon({ port: 9401, version: '3.2.5', root });
    world.recordSingleton(live);
    return live;
  };
  const expectLeftAlone = async (live: Daemon, under: readonly string[] = []): Promise<void> => {
    const { report } = await doctor(world, ['--reset'], { under });
    expect(report.swept).toEqual([]);
    expect({ alive: live.alive(), tokens: live.journal().shutdownTokens }).toEqual({
      alive: true,
      tokens: [],
    });
  };

  test('and whose log is a link into another folder', async () => {
    mkdirSync(`${world.folder}/logs`);
    symlinkSync(`${world.folder}/logs/sync-daemon.log`, `${root}/sync-daemon.log`);
    const live = await startLive();
    renameSync(root, `${world.folder}/renamed`);
    await expectLeftAlone(live);
  });

  test('and whose log was moved away before', async () => {
    const live = await startLive();
    mkdirSync(`${world.folder}/archive`);
    renameSync(`${root}/sync-daemon.log`, `${world.folder}/archive/sync-daemon.log`);
    renameSync(root, `${world.folder}/renamed`);
    await expectLeftAlone(live);
  });

  test('and whose log was moved away and deleted with its new folder', async () => {
    const live = await startLive();
    mkdirSync(`${world.folder}/archive`);
    renameSync(`${root}/sync-daemon.log`, `${world.folder}/archive/sync-daemon.log`);
    rmSync(`${world.folder}/archive`, { recursive: true });
    renameSync(root, `${world.folder}/renamed`);
    await expectLeftAlone(live);
  });

  describeIf([isRoot], 'and hidden', () => {
    test.each([
      ['by a mount with a root of the same name in it', 'true'],
      ['by an empty mount, after its log was deleted', 'rm old/.spec-kitty/sync-daemon.log'],
    ])('%s', async (how, before) => {
      const live = await world.startDaemon({ port: 9401, version: '3.2.5', root, mounts: 'true' });
      world.recordSingleton(live);
      const under = ['nsenter', `--mount=/proc/${live.pid}/ns/mnt`];
      const after = how.includes('same name') ? `mkdir ${root}` : 'true';
      const script = `cd ${world.folder} && ${before} && mount -t tmpfs none old && ${after}`;
      expect((await world.command([...under, 'sh', '-c', script])).code).toBe(0);
      await expectLeftAlone(live, under);
    });
  });
});

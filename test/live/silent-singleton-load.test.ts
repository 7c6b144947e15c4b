import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync } from 'node:fs';
import { doctor } from '../support/doctor.js';
import { describeIf, hasFuse, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

const RELEASED = { version: '3.2.5', oneAtATime: true } as const;

describeIf(
  [hasNetworkNamespace, hasPython, isRoot, hasFuse],
  'a recorded daemon that is silent, under load',
  () => {
    let world: World;
    beforeEach(async () => {
      world = await createWorld();
    });
    afterEach(() => world.close());

    test('is left alone while it waits for a slow FUSE file system', async () => {
      const mount = `${world.folder}/mount`;
      mkdirSync(mount);
      const live = await world.startDaemon({
        ...RELEASED,
        port: 9401,
        root: `${world.folder}/root`,
        mounts: 'true',
        prefix: ['env', `FIXTURE_WAITS_FOR=${mount}/file`],
      });
      world.recordSingleton(live);
      const server = await world.startProgram('slow_mount.py', [live.pid, mount]);
      const { report } = await doctor(world, ['--reset']);
      server.signal('SIGKILL');
      expect(report.skipped).toMatchObject([{ pid: live.pid, skip_reason: 'perhaps_busy' }]);
      expect(live.journal().leaving).toEqual([]);
    }, 60_000);

    test('is reset when stuck, even while another user has 18,000 connections', async () => {
      for (const port of [9404, 9405, 9406]) {
        const root = `${world.folder}/${port}`;
        world.recordSingleton(await world.startDaemon({ ...RELEASED, port, root, silentSeconds: Infinity }));
      }
      await world.startProgram('many_pairs.py', [9601, 9000], { uid: 12_345 });
      await world.startProgram('many_pairs.py', [9602, 9000], { uid: 12_345 });
      const { report } = await doctor(world, ['--reset']);
      expect(report.swept).toMatchObject([9404, 9405, 9406].map((port) => ({ port })));
    }, 120_000);
  },
);

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync } from 'node:fs';
import { doctor } from '../support/doctor.js';
import { describeIf, hasFuse, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

const MOST_RESETS = 8;
const SHORT_OF_TIME = /which process received|probe was lost|short of CPU time|too slow to tell/;
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
      const ports = [9404, 9405, 9406];
      for (const port of ports) {
        const root = `${world.folder}/${port}`;
        world.recordSingleton(await world.startDaemon({ ...RELEASED, port, root, silentSeconds: Infinity }));
      }
      await world.startProgram('many_pairs.py', [9601, 9000], { uid: 12_345 });
      await world.startProgram('many_pairs.py', [9602, 9000], { uid: 12_345 });
      // On a busy machine a reset may not learn who received its probes. It says so then, and can be repeated.
      const ended: unknown[] = [];
      for (let reset = 0; reset < MOST_RESETS && ended.length < ports.length; reset++) {
        const { report } = await doctor(world, ['--reset']);
        ended.push(...(report.swept ?? []).map(({ port }) => port));
        expect(report.failed).toEqual([]);
        for (const { detail } of report.skipped ?? []) expect(detail).toMatch(SHORT_OF_TIME);
      }
      expect(ended.sort()).toEqual(ports);
    }, 240_000);
  },
);

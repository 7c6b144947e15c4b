import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { candidateOn, doctor, verdictOn } from '../support/doctor.js';
import type { Running } from '../support/fixtures.js';
import { describeIf, hasFuse, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { readyDaemon, sync } from '../support/sync.js';
import { createWorld, type World } from '../support/world.js';

const ANOTHER_USER = 12_345;

describeIf(
  [hasNetworkNamespace, hasPython, hasFuse],
  'a process of another user that keeps the kernel from reading its command line',
  () => {
    let world: World;
    beforeEach(async () => {
      world = await createWorld();
    });
    afterEach(() => world.close());

    const startLocked = (port: number): Promise<Running> => {
      const folder = join(world.folder, 'locked');
      mkdirSync(folder);
      return world.startProgram('locked_memory.py', [port, ANOTHER_USER, folder]);
    };

    test("does not delay root's commands if it listens on a sync port, and is left alone", async () => {
      const locked = await startLocked(9401);
      const orphan = await world.startDaemon({ port: 9402, version: '3.2.4' });
      const { report } = await doctor(world, ['--reset']);
      expect(verdictOn(report, 9401)).toBe('never_touch not_spec_kitty');
      expect(candidateOn(report, 9401).evidence).toContainEqual(
        expect.objectContaining({
          fact: 'spawn_shape',
          value: 'unreadable',
          because: expect.stringContaining('it runs as another user'),
        }),
      );
      expect(report.swept).toMatchObject([{ pid: orphan.pid }]);
      expect(readyDaemon(await sync(world, 'now'))).toMatchObject({ how: 'started' });
      expect((await sync(world, 'stop')).report).toMatchObject({ failed: null });
      expect(locked.alive()).toBe(true);
    });

    test('does not delay a command if it has the PID that a left-over state file names, and a daemon is started', async () => {
      const { pid } = await startLocked(9500);
      world.writeStateFile(['http://127.0.0.1:9401', 9401, 'a'.repeat(32), pid]);
      expect((await doctor(world)).report.candidates).toEqual([]);
      expect((await sync(world, 'stop')).report).toMatchObject({ stopped: null, failed: null });
      expect(readyDaemon(await sync(world, 'now'))).toMatchObject({ how: 'started', port: 9400 });
    });
  },
);

describeIf([hasNetworkNamespace, hasPython, isRoot], 'the recorded process runs as another user', () => {
  test('and listens on the recorded port: it may be the daemon, so no second one is started', async () => {
    const world = await createWorld();
    try {
      const theirs = await world.startDaemon({ port: 9401, version: '3.2.4', uid: ANOTHER_USER });
      world.recordSingleton({ ...theirs, root: world.root });
      const { report } = await sync(world, 'now');
      expect(report.outcome).toMatchObject({ kind: 'degraded', reason: 'singleton_unknown' });
      expect(theirs.alive()).toBe(true);
    } finally {
      await world.close();
    }
  });
});

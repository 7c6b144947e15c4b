import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { doctor } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { startOurs, sync } from '../support/sync.js';
import { createWorld, type World } from '../support/world.js';

const ANOTHER_USER = 12_345;
/** Characters that begin a new line for a regular expression, and not for the kernel, which escapes a line feed only. */
const LINE_ENDS = ['\r', '\u2028'];

/**
 * The first line of `/proc/<pid>/status` contains the name of the process, which any user can choose. A name with a line
 * end imitates another line.
 */
describeIf([hasNetworkNamespace, hasPython, isRoot], 'a process name that imitates a line of status', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  describe.each(LINE_ENDS)('after %j', (lineEnd) => {
    test('does not make a process of another user ours, also for root', async () => {
      const theirs = await world.startDaemon({
        ...{ port: 9401, version: '3.2.3', realUid: ANOTHER_USER },
        processName: `${lineEnd}Uid:\t0\t0\t0\t0`.slice(0, 15),
      });
      const { report } = await doctor(world, ['--reset']);
      expect(report.swept).toEqual([]);
      expect([theirs.alive(), theirs.journal().shutdownTokens]).toEqual([true, []]);
    });

    test('does not hide that a process of another user has the socket of a daemon', async () => {
      const shared = await world.startDaemon({
        ...{ port: 9402, version: '3.2.3', sharesSocket: ANOTHER_USER },
        childName: `${lineEnd}State:\tZ`,
      });
      const { report } = await doctor(world, ['--reset']);
      expect(report.swept).toEqual([]);
      expect(shared.alive()).toBe(true);
    });

    test('does not make a process look like a child of a daemon', async () => {
      const { pid } = await startOurs(world);
      const env = { FIXTURE_PROCESS_NAME: `${lineEnd}PPid:\t${pid}` };
      await world.startProgram('silent.py', [9500], { uid: ANOTHER_USER, env });
      expect((await sync(world, 'stop')).report).toMatchObject({ stopped: { pid }, failed: null });
    });
  });
});

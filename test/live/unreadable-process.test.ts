import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { candidateOn, doctor, verdictOn } from '../support/doctor.js';
import { PORTABLE } from '../support/portable.js';
import { describeIf, hasFuse, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { readyDaemon, sync } from '../support/sync.js';
import { createWorld, type World } from '../support/world.js';

const ANOTHER_USER = 12_345;
const USER = 4711;

/*
 * While such a process exists, `ps` and other programs that read `/proc` wait for it, and so would these tests if they
 * read it.
 */
describeIf([hasNetworkNamespace, hasPython, hasFuse], 'a process that another user keeps unreadable', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  describe.each(['memory', 'execve'])('by the lock of its %s', (how) => {
    async function startUnreadable(port: number): Promise<{ readonly pid: number }> {
      const folder = join(world.folder, 'locked');
      mkdirSync(folder);
      return world.startProgram('unreadable_process.py', [how, port, ANOTHER_USER, folder]);
    }

    test('does not delay root if it listens on a sync port, and is left alone', async () => {
      const orphan = await world.startDaemon({ port: 9402, version: '3.2.4' });
      await startUnreadable(9401);
      const { report } = await doctor(world, ['--reset']);
      expect(verdictOn(report, 9401)).toBe('never_touch not_spec_kitty');
      expect(candidateOn(report, 9401)).toMatchObject({ pid: null });
      expect(report.swept).toMatchObject([{ pid: orphan.pid }]);
      expect(readyDaemon(await sync(world, 'now'))).toMatchObject({ how: 'started' });
      expect((await sync(world, 'stop')).report).toMatchObject({ failed: null });
      expect(verdictOn((await doctor(world)).report, 9401)).toBe('never_touch not_spec_kitty');
    });

    test('does not delay another user whose processes are searched for the owner of a socket', async () => {
      const orphan = await world.startDaemon({ port: 9402, version: '3.2.4', uid: USER });
      await startUnreadable(9500);
      expect((await doctor(world, ['--reset'], { uid: USER })).report.swept).toMatchObject([
        { pid: orphan.pid },
      ]);
      const now = await sync(world, 'now', { uid: USER });
      expect(readyDaemon(now)).toMatchObject({ how: 'started' });
      expect((await sync(world, 'status', { uid: USER })).code).toBe(0);
      expect((await sync(world, 'stop', { uid: USER })).report).toMatchObject({ failed: null });
    });

    test('does not keep the portable collector, which runs `ps` and `ss`, waiting for ever', async () => {
      await world.startDaemon({ port: 9402, version: '3.2.4' });
      await startUnreadable(9401);
      const { report, code } = await doctor(world, PORTABLE);
      expect(code).toBe(2);
      expect(report.scope.could_not_look).toBe('systeminformation failed (it took longer than 11000 ms)');
      expect(toolsOf(world)).toEqual([]);
    });

    test('does not prevent a start if it has the PID and the port of a left-over state file', async () => {
      const { pid } = await startUnreadable(9401);
      world.writeStateFile(['http://127.0.0.1:9401', 9401, 'a'.repeat(32), pid]);
      expect((await doctor(world)).report.candidates).toHaveLength(1);
      expect(readyDaemon(await sync(world, 'now'))).toMatchObject({ how: 'started', port: 9400 });
      expect((await sync(world, 'stop')).report).toMatchObject({ failed: null });
    });
  });
});

/** The programs of the portable collector that still run with the HOME of this world. */
function toolsOf({ home }: World): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      const name = /^Name:\t(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
      return (
        ['sh', 'ps', 'ss', 'netstat', 'grep'].includes(name) &&
        readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`HOME=${home}\0`)
      );
    } catch {
      return false;
    }
  });
}

describeIf(
  [hasNetworkNamespace, hasPython, isRoot],
  "where /proc hides other users' processes (hidepid)",
  () => {
    test.each([1, 2])(
      'hidepid=%i: a left-over state file with the PID of one does not prevent a start',
      async (how) => {
        const world = await createWorld();
        try {
          const { pid } = await world.startProgram('silent.py', [9500], { uid: ANOTHER_USER });
          const home = join(world.folder, `home-${USER}`);
          world.writeStateFile(
            ['http://127.0.0.1:9401', 9401, 'a'.repeat(32), pid],
            join(home, '.spec-kitty'),
          );
          await world.shell(`chown -R ${USER}:${USER} ${home}`);
          const as = `setpriv --reuid=${USER} --regid=${USER} --clear-groups`;
          const under = [
            'unshare',
            '--mount',
            'sh',
            '-c',
            `mount -t proc -o hidepid=${how} proc /proc; exec ${as} "$@"`,
            'sh',
          ];
          const options = { under, env: { HOME: home } };
          expect(readyDaemon(await sync(world, 'now', options))).toMatchObject({ how: 'started' });
          expect((await sync(world, 'stop', options)).report).toMatchObject({ failed: null });
        } finally {
          await world.close();
        }
      },
    );
  },
);

describeIf([hasNetworkNamespace, hasPython, isRoot], 'a recorded daemon that the superuser started', () => {
  test('prevents a start of the user in whose root it is recorded', async () => {
    const world = await createWorld();
    try {
      const home = join(world.folder, `home-${USER}`);
      const roots = await world.startDaemon({
        port: 9401,
        version: '3.2.4',
        root: join(home, '.spec-kitty'),
      });
      await world.shell(`chown ${USER}:${USER} ${home} ${roots.root}`);
      world.recordSingleton(roots);
      const { report } = await sync(world, 'now', { uid: USER });
      expect(report.outcome).toMatchObject({ kind: 'degraded', reason: 'singleton_unknown' });
      expect(roots.alive()).toBe(true);
    } finally {
      await world.close();
    }
  });
});

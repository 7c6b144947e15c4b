import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { candidateOn, doctor, verdictOn } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython, hasStrace, isRoot } from '../support/requires.js';
import { parseCalls } from '../support/strace.js';
import { readyDaemon, startOurs, sync } from '../support/sync.js';
import { until } from '../support/until.js';
import { createWorld, type World } from '../support/world.js';

const ANOTHER_USER = 4711;

describeIf(
  [hasNetworkNamespace, hasPython, hasStrace, isRoot],
  'other users cannot prolong a command',
  () => {
    let world: World;
    beforeEach(async () => {
      world = await createWorld();
    });
    afterEach(() => world.close());

    test('fifty listeners of another user answer with 8 kB of blanks: the own daemon can be stopped (pitfall 33)', async () => {
      const { pid } = await startOurs(world);
      const answer = String.raw`HTTP/1.0 200 OK\r\nContent-Length: 5{8000}5\r\n\r\nhello`;
      await world.startManyListeners({ count: 50, first: 9400, last: 9449, uid: ANOTHER_USER, answer });
      const { report } = await sync(world, 'stop');
      expect(report).toMatchObject({ stopped: { pid }, failed: null });
      expect(verdictOn((await doctor(world)).report, 9420, '127.1.0.1')).toBe('never_touch third_party');
    });

    test('40,000 listeners of another user outside the range: orphans are retired and a daemon is started (pitfall 36)', async () => {
      await world.startManyListeners({ count: 40_000, first: 20_000, last: 20_049, uid: ANOTHER_USER });
      const orphan = await world.startDaemon({ port: 9401, version: '3.2.4' });
      const { report } = await doctor(world, ['--reset']);
      expect(report.swept).toMatchObject([{ pid: orphan.pid }]);
      expect(readyDaemon(await sync(world, 'now'))).toMatchObject({ how: 'started' });
    });

    test('10,000 listeners of another user in the range: 200 are probed, the others are counted, and the own daemons are cleaned and stopped (pitfall 36)', async () => {
      await world.startManyListeners({ count: 10_000, first: 9400, last: 9449, uid: ANOTHER_USER });
      const { pid, port } = await startOurs(world);
      const orphan = await world.startDaemon({ port: 9440, version: '3.2.4' });
      const log = join(world.folder, 'strace.log');
      const under = ['strace', '-f', '-qq', '-e', 'trace=connect', '-o', log];
      const { report } = await doctor(world, [], { under });
      expect(report.candidates).toHaveLength(2 + 200);
      expect(report.findings).toContainEqual(
        expect.objectContaining({
          id: 'further_listeners',
          severity: 'attention',
          summary: '9800 more listeners of other users on the sync ports: counted, and not looked at',
        }),
      );
      const asked = parseCalls(readFileSync(log, 'utf8')).filter(({ args }) =>
        args.includes('sin_port=htons(94'),
      );
      expect(asked).toHaveLength(2 + 200);
      // Not under strace, and more than once: on a busy machine a daemon may miss the deadline of one request.
      const verdicts = async (): Promise<readonly (string | undefined)[]> => {
        const { report: untraced } = await doctor(world);
        return [verdictOn(untraced, port), verdictOn(untraced, 9440)];
      };
      const expected = ['never_touch recorded_singleton', 'safe_auto'];
      await until(async () => JSON.stringify(await verdicts()) === JSON.stringify(expected));
      expect((await doctor(world, ['--reset'])).report.swept).toMatchObject([{ pid: orphan.pid }]);
      expect((await sync(world, 'stop')).report).toMatchObject({ stopped: { pid }, failed: null });
    });

    test('a root marker of 10,000 folders is not followed at all', async () => {
      const log = join(world.folder, 'strace.log');
      const root = '/a'.repeat(10_000);
      // The fixture writes its own files to a usable root: a path of this length cannot be created.
      const prefix = ['env', `SPEC_KITTY_HOME=${world.root}`];
      await world.startDaemon({ port: 9401, version: '3.2.4', root, prefix });
      const under = ['strace', '-f', '-qq', '-s', '64', '-e', 'trace=%file', '-o', log];
      const { report } = await doctor(world, ['--reset'], { under });
      expect(verdictOn(report, 9401)).toBe('operator_required root_unreadable');
      expect(candidateOn(report, 9401).evidence).toContainEqual(
        expect.objectContaining({
          fact: 'root_marker',
          because: 'its root path is not valid: longer than 4095 bytes',
        }),
      );
      const followed = parseCalls(readFileSync(log, 'utf8')).filter(({ args }) => args.includes('"/a/a'));
      expect(followed).toEqual([]);
    });
  },
);

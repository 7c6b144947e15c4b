import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chownSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Daemon, DaemonOptions } from '../support/daemons.js';
import { doctor, verdictOn } from '../support/doctor.js';
import {
  describeIf,
  hasNetworkNamespace,
  hasPidNamespace,
  hasPython,
  hasStrace,
  isRoot,
} from '../support/requires.js';
import { type Call, parseCalls } from '../support/strace.js';
import { readyDaemon, sync } from '../support/sync.js';
import { createWorld, type World } from '../support/world.js';

const USER = 12_345;
const ANOTHER_USER = 4711;
const COUNT = 600;

describeIf(
  [hasNetworkNamespace, hasPidNamespace, hasPython, hasStrace, isRoot],
  'while another user runs many processes',
  () => {
    let world: World;
    beforeEach(async () => {
      world = await createWorld({ init: 'reaps' });
      await world.startProgram('many_processes.py', [COUNT], { uid: ANOTHER_USER });
    });
    afterEach(() => world.close());

    test('a scan makes two calls for each, none of them in its descriptors', async () => {
      await startDaemon({ port: 9401 });
      const crowd = await pidsOf(ANOTHER_USER);
      expect(crowd.size).toBeGreaterThanOrEqual(COUNT);
      const { report, calls } = await tracedDoctor();
      expect(verdictOn(report, 9401)).toBe('safe_auto');
      const about = calls.flatMap(({ name, args }) => {
        const [, pid = '', file = ''] = /"\/proc\/(\d+)(\/[^"]*)?"/.exec(args) ?? [];
        return crowd.has(pid) ? [`${name.startsWith('open') ? 'open' : 'stat'} ${file}`] : [];
      });
      const counts = new Map<string, number>();
      for (const call of about) counts.set(call, (counts.get(call) ?? 0) + 1);
      expect([...counts.keys()].sort()).toEqual(['open /status', 'stat ']);
      expect(about.length).toBeLessThanOrEqual(2 * (crowd.size + 5));
    }, 60_000);

    test('where no socket is of our user, no process is looked at', async () => {
      await world.startPlainHttp(9401);
      const { report, calls } = await tracedDoctor();
      expect(verdictOn(report, 9401)).toBe('never_touch third_party');
      const listed = calls.filter(({ args }) => args.includes('"/proc"') || args.includes('"/proc/"'));
      expect(listed).toEqual([]);
    }, 60_000);

    test('orphans are retired, a daemon is started, reused and stopped', async () => {
      const orphan = await startDaemon({ port: 9401 });
      const { report } = await doctor(world, ['--reset'], { uid: USER });
      expect(report.swept).toMatchObject([{ pid: orphan.pid }]);
      const daemon = readyDaemon(await sync(world, 'now', { uid: USER }));
      expect(daemon).toMatchObject({ how: 'started' });
      expect(readyDaemon(await sync(world, 'now', { uid: USER }))).toMatchObject({
        how: 'reused',
        pid: daemon.pid,
      });
      const stopped = await sync(world, 'stop', { uid: USER });
      expect(stopped.report).toMatchObject({ stopped: { pid: daemon.pid }, failed: null });
    }, 60_000);

    test('a second owner is found among them, and one that cannot be looked into by its session', async () => {
      await startDaemon({ port: 9401, sharesSocket: 'openly' });
      await startDaemon({ port: 9402, sharesSocket: 'adopted' });
      const plain = await startDaemon({ port: 9403 });
      const { report } = await doctor(world, ['--reset'], { uid: USER });
      expect(report.failed).toMatchObject([
        { port: 9401, failure_reason: 'missing_pid' },
        { port: 9402, failure_reason: 'missing_pid' },
      ]);
      expect(report.swept).toMatchObject([{ pid: plain.pid }]);
    }, 60_000);

    /** In a session of this PID namespace: all sessions from outside have the number 0 in it. */
    function startDaemon(options: Pick<DaemonOptions, 'port' | 'sharesSocket'>): Promise<Daemon> {
      return world.startDaemon({ version: '3.2.4', uid: USER, prefix: ['setsid'], ...options });
    }

    async function tracedDoctor() {
      const log = join(world.folder, 'strace.log');
      writeFileSync(log, '');
      chownSync(log, USER, USER);
      const under = ['strace', '-f', '--seccomp-bpf', '-qq', '-e', 'trace=%file', '-o', log];
      const { report } = await doctor(world, [], { uid: USER, under });
      const calls: readonly Call[] = parseCalls(readFileSync(log, 'utf8'));
      return { report, calls };
    }

    /** The processes of a user, as this PID namespace numbers them. */
    async function pidsOf(uid: number): Promise<ReadonlySet<string>> {
      const { stdout } = await world.shell(
        `find /proc -maxdepth 1 -uid ${uid} -name '[0-9]*' -printf '%f\\n'`,
      );
      return new Set(stdout.trim().split('\n'));
    }
  },
);

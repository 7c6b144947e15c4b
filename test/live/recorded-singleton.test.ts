import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmodSync, chownSync, existsSync, mkdirSync, rmSync } from 'node:fs';
import type { Daemon } from '../support/daemons.js';
import { doctor, verdictOn } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython, hasStrace, isRoot } from '../support/requires.js';
import { typed } from '../support/typed.js';
import { until } from '../support/until.js';
import { createWorld, type World } from '../support/world.js';

describeIf(
  [hasNetworkNamespace, hasPython],
  'the live daemon is always recognised (pitfalls 4, 5 and 30)',
  () => {
    let world: World;
    let live: Daemon;
    beforeEach(async () => {
      world = await createWorld();
      live = await world.startDaemon({ port: 9401, version: '3.2.3' });
    });
    afterEach(async () => {
      await world.close();
    });

    const url = 'http://127.0.0.1:9401';
    const protectedBy: readonly (readonly [string, (daemon: Daemon) => readonly (string | number)[]])[] = [
      ['all four lines', ({ token, pid }) => [url, 9401, token, pid]],
      ['no PID line', ({ token }) => [url, 9401, token]],
      ['no token', ({ pid }) => [url, 9401, pid]],
    ];
    test.each(protectedBy)(
      'a state file with %s protects it, and another daemon of the same root is swept (FR-005, pitfall 5)',
      async (_name, lines) => {
        const orphan = await world.startDaemon({ port: 9402, version: '3.2.2' });
        world.writeStateFile(lines(live));
        const { report, code } = await doctor(world, ['--reset']);
        expect(verdictOn(report, 9401)).toBe('never_touch recorded_singleton');
        expect(report.daemon).toMatchObject({ port: 9401, pid: live.pid, state: 'healthy' });
        expect(report.swept).toMatchObject([{ pid: orphan.pid }]);
        expect(report.skipped).toMatchObject([{ pid: live.pid, skip_reason: 'recorded_singleton' }]);
        expect({ code, live: live.alive(), orphan: orphan.alive() }).toEqual({
          code: 0,
          live: true,
          orphan: false,
        });
      },
    );

    test('a state file with the PID of its launcher protects it (pitfall 5)', async () => {
      const launched = await world.startDaemon({ port: 9405, version: '3.2.4', launcher: true });
      expect(launched.startedPid).not.toBe(launched.pid);
      world.writeStateFile(['http://127.0.0.1:9405', 9405, 'f'.repeat(32), launched.startedPid]);
      const { report } = await doctor(world, ['--reset']);
      expect(verdictOn(report, 9405)).toBe('never_touch recorded_singleton');
      expect(report.swept).toMatchObject([{ pid: live.pid }]);
      expect(launched.alive()).toBe(true);
    });

    test.each(['corrupt', 'five lines\n2\n3\n4\n5', `${url}\n9402\n`, 'x'.repeat(2_000_000)])(
      'an unusable state file (%#) makes it unknown, and no healthy daemon is stopped (pitfalls 5, 27 and 30)',
      async (content) => {
        const other = await world.startDaemon({ port: 9402, version: '3.2.4' });
        world.writeStateFile(content);
        await expectNobodyTouched(other);
      },
    );

    test('a folder in place of the state file makes it unknown', async () => {
      const other = await world.startDaemon({ port: 9402, version: '3.2.4' });
      mkdirSync(`${world.root}/sync-daemon`, { recursive: true });
      await expectNobodyTouched(other);
    });

    const expectNobodyTouched = async (other: Daemon): Promise<void> => {
      const { report, code } = await doctor(world, ['--reset']);
      expect(verdictOn(report, 9401)).toBe('operator_required singleton_unknown');
      expect(report.skipped).toMatchObject([
        { skip_reason: 'singleton_unknown' },
        { skip_reason: 'singleton_unknown' },
      ]);
      expect(code).toBe(1);
      expect([live.alive(), other.alive()]).toEqual([true, true]);
      expect(live.journal().shutdownTokens).toEqual([]);
      // The printed remedies resolve the finding, one after the other (pitfall 27): no command makes an orphan of a
      // daemon that may be the live one.
      const [candidate] = report.candidates;
      expect(candidate?.remediation?.command).toBe(`kill ${live.pid} ${other.pid}`);
      expect(await typed(world, candidate?.remediation?.command)).toMatchObject({ code: 0 });
      await until(() => !live.alive() && !other.alive());
      expect((await doctor(world)).report.candidates).toEqual([]);
    };

    test('a daemon that is busy for 3 s is probed again, and not stopped (pitfall 3)', async () => {
      const busy = await world.startDaemon({ port: 9403, version: '3.2.4', silentSeconds: 3 });
      world.recordSingleton(busy);
      const { report } = await doctor(world, ['--reset']);
      expect(verdictOn(report, 9403)).toBe('operator_required unresponsive');
      expect(report.skipped).toMatchObject([{ pid: busy.pid, skip_reason: 'recorded_singleton' }]);
      expect(busy.alive()).toBe(true);
      expect(busy.journal().shutdownTokens).toEqual([]);
    });

    test('a stuck daemon is reset after probes for 10 s, and its state file is removed (pitfall 4)', async () => {
      const stuck = await world.startDaemon({ port: 9404, version: '3.2.4', silentSeconds: Infinity });
      world.recordSingleton(stuck);
      const { report } = await doctor(world, ['--reset']);
      expect(report.swept).toMatchObject([{ pid: live.pid }, { pid: stuck.pid, cleanup_path: 'terminate' }]);
      expect(report.findings).toMatchObject([{ id: 'state_file_cleared' }]);
      expect(stuck.alive()).toBe(false);
      expect(existsSync(`${world.root}/sync-daemon`)).toBe(false);
    }, 40_000);

    test('a reset removes a stale state file and reports it, and doctor only reports it', async () => {
      world.writeStateFile(['http://127.0.0.1:9420', 9420, 'f'.repeat(32), 4_000_000]);
      expect((await doctor(world)).report.findings).toContainEqual(
        expect.objectContaining({ id: 'state_file_stale' }),
      );
      expect(existsSync(`${world.root}/sync-daemon`)).toBe(true);
      const { report } = await doctor(world, ['--reset']);
      expect(report.findings).toMatchObject([{ id: 'state_file_cleared' }]);
      expect(existsSync(`${world.root}/sync-daemon`)).toBe(false);
    });

    test('a recycled PID in a state file (pitfall 1): the process that has it now is not touched', async () => {
      const thirdParty = await world.startPlainHttp(9500);
      world.writeStateFile(['http://127.0.0.1:9420', 9420, 'f'.repeat(32), thirdParty.pid]);
      await doctor(world, ['--reset']);
      expect(thirdParty.alive()).toBe(true);
    });

    test('an owner.json that is a folder changes the report only (FR-003, pitfall 30)', async () => {
      rmSync(`${world.root}/sync/daemon/owner.json`);
      mkdirSync(`${world.root}/sync/daemon/owner.json`);
      const { report } = await doctor(world);
      expect(verdictOn(report, 9401)).toBe('safe_auto');
      expect(report.candidates).toMatchObject([{ owner_record: 'unreadable', owner_present: null }]);
    });

    describeIf([isRoot], 'as root', () => {
      test('a reset in another PID namespace keeps the state file: its daemon may run outside', async () => {
        world.writeStateFile(['http://127.0.0.1:9420', 9420, 'f'.repeat(32), 4_000_000]);
        await doctor(world, ['--reset'], { under: ['unshare', '--pid', '--fork', '--mount-proc'] });
        expect(existsSync(`${world.root}/sync-daemon`)).toBe(true);
      });
    });
  },
);

describeIf(
  [hasNetworkNamespace, hasPython, hasStrace],
  'a state file that could not be read because of our own limits',
  () => {
    test('is kept, and no command to move it is printed', async () => {
      const world = await createWorld();
      try {
        const live = await world.startDaemon({ port: 9401, version: '3.2.3' });
        world.recordSingleton(live);
        const file = `${world.root}/sync-daemon`;
        const under = ['strace', '-f', '-o', '/dev/null', '-P', file, '-e', 'inject=openat:error=EMFILE'];
        const { report } = await doctor(world, ['--reset'], { under });
        expect(verdictOn(report, 9401)).toBe('operator_required singleton_unknown');
        const remedy = { command: null, effect: expect.stringContaining('limit of open files (EMFILE)') };
        expect(report.findings).toContainEqual(
          expect.objectContaining({ id: 'state_file_unusable', remediation: remedy }),
        );
        expect(report.candidates).toMatchObject([{ remediation: remedy }]);
        expect({ alive: live.alive(), there: existsSync(file) }).toEqual({ alive: true, there: true });
      } finally {
        await world.close();
      }
    });
  },
);

describeIf([hasNetworkNamespace, hasPython, hasStrace], 'a live daemon that could not be probed', () => {
  test('because of our own descriptor limit is left alone, and the report names the limit', async () => {
    const world = await createWorld();
    try {
      const live = await world.startDaemon({ port: 9401, version: '3.2.3' });
      world.recordSingleton(live);
      const under = ['strace', '-f', '-o', '/dev/null', '-e', 'inject=socket:error=EMFILE'];
      const { report, code } = await doctor(world, ['--reset'], { under });
      const detail =
        'it may be live, and its health was not checked: we could not open a connection (EMFILE)';
      expect(report.skipped).toMatchObject([{ pid: live.pid, skip_reason: 'singleton_unknown', detail }]);
      expect(report.findings).toContainEqual(expect.objectContaining({ id: 'could_not_ask' }));
      expect({ code, alive: live.alive() }).toEqual({ code: 1, alive: true });
      expect(live.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
    } finally {
      await world.close();
    }
  });
});

describeIf([hasNetworkNamespace, hasPython, isRoot], 'a world-writable root', () => {
  test('is not trusted about the recorded daemon until the printed command has fixed its mode', async () => {
    const world = await createWorld();
    try {
      const live = await world.startDaemon({ port: 9401, version: '3.2.4' });
      world.recordSingleton(live);
      chmodSync(world.root, 0o777);
      // Another user can replace the state file in a world-writable root, and did.
      rmSync(`${world.root}/sync-daemon`);
      world.writeStateFile(['http://127.0.0.1:9444', 9444, 'x', 3_999_999]);
      chownSync(`${world.root}/sync-daemon`, 12_345, 12_345);
      const { report } = await doctor(world, ['--reset']);
      expect(report.swept).toEqual([]);
      expect(report.skipped).toMatchObject([{ pid: live.pid, skip_reason: 'singleton_unknown' }]);
      const finding = report.findings.find(({ id }) => id === 'root_not_trusted');
      expect((await world.shell(finding?.remediation?.command ?? 'false')).code).toBe(0);
      const after = await doctor(world);
      expect(verdictOn(after.report, 9401)).toBe('operator_required singleton_unknown');
      expect(after.report.findings).toContainEqual(
        expect.objectContaining({ summary: expect.stringContaining('sync-daemon belongs to user 12345') }),
      );
      world.recordSingleton(live);
      chownSync(`${world.root}/sync-daemon`, 0, 0);
      expect(verdictOn((await doctor(world)).report, 9401)).toBe('never_touch recorded_singleton');
    } finally {
      await world.close();
    }
  });
});

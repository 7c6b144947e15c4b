import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readFileSync, symlinkSync } from 'node:fs';
import type { Daemon } from '../support/daemons.js';
import { doctor, verdictOn } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython, hasStrace, isRoot } from '../support/requires.js';
import { sync } from '../support/sync.js';
import { readTrace } from '../support/trace.js';
import { createWorld, type World } from '../support/world.js';

describeIf(
  [hasNetworkNamespace, hasPython, hasStrace, isRoot],
  'every signal and request, as strace records them',
  () => {
    let world: World;
    let daemons: Readonly<
      Record<
        'orphan' | 'preMarker' | 'needsTerm' | 'needsKill' | 'live' | 'liveInOtherRoot' | 'theirs',
        Daemon
      >
    >;
    beforeEach(async () => {
      world = await createWorld();
      const start = world.startDaemon;
      const refusesShutdown = true;
      daemons = {
        orphan: await start({ port: 9401, version: '3.2.2' }),
        preMarker: await start({ port: 9402, version: '3.1.4' }),
        needsTerm: await start({ port: 9403, version: '3.2.3', refusesShutdown }),
        needsKill: await start({ port: 9404, version: '3.2.4', refusesShutdown, ignoresTerm: true }),
        live: await start({ port: 9405, version: '3.2.5' }),
        liveInOtherRoot: await start({
          port: 9406,
          version: '3.2.5',
          root: `${world.folder}/other/.spec-kitty`,
        }),
        theirs: await start({ port: 9407, version: '3.2.3', uid: 12_345 }),
      };
      world.recordSingleton(daemons.live);
      world.recordSingleton(daemons.liveInOtherRoot);
      await world.startPlainHttp(9408);
      await world.startDashboard({ port: 9409 });
      await world.startRelay(9410, 9405);
      await world.startPlainHttp(9399);
      await world.startPlainHttp(9450);
    });
    afterEach(async () => {
      await world.close();
    });

    const inRange = Array.from({ length: 10 }, (_, index) => 9401 + index);
    const requested = (): string[] =>
      Object.entries(daemons)
        .filter(([, daemon]) => daemon.journal().shutdownTokens.length > 0)
        .map(([name]) => name);
    const tokens = (): string[] => Object.values(daemons).map(({ token }) => token);
    const traced = async (words: readonly string[], withoutKoffi = false) => {
      const traceTo = `${world.folder}/trace`;
      const { report } = await doctor(world, words, { traceTo, withoutKoffi });
      const trace = readTrace(traceTo);
      expect(inRange).toEqual(expect.arrayContaining([...trace.ports]));
      return { report, ...trace };
    };

    test.each([[[]], [['--explain']], [['--reset', '--dry-run']]])(
      '%j sends no signal and no shutdown request',
      async (words) => {
        const { signals, asked, requests } = await traced(words);
        expect({ signals, asked, requests, requested: requested() }).toEqual({
          signals: [],
          asked: [],
          requests: [],
          requested: [],
        });
      },
    );

    test('--reset --only safe_auto reaches only the proven orphans, each as its result entry says (FR-005, SC-003, pitfall 4)', async () => {
      const { report, signals, asked, requests } = await traced(['--reset', '--only', 'safe_auto']);
      const { orphan, needsTerm, needsKill } = daemons;
      expect(report.swept?.map(({ pid, cleanup_path: path }) => `${path} ${String(pid)}`)).toEqual([
        `http_shutdown ${orphan.pid}`,
        `terminate ${needsTerm.pid}`,
        `kill ${needsKill.pid}`,
      ]);
      expect(signals.toSorted()).toEqual(
        [`SIGKILL ${needsKill.pid}`, `SIGTERM ${needsKill.pid}`, `SIGTERM ${needsTerm.pid}`].toSorted(),
      );
      expect(asked).toEqual([]);
      expect(requests.toSorted()).toEqual([9401, 9403, 9404]);
      expect(requested()).toEqual(['orphan', 'needsTerm', 'needsKill']);
    }, 40_000);

    test("--reset also reaches operator_required daemons, and sends nothing to another user's daemon, not even signal 0", async () => {
      const { report, signals, asked, requests } = await traced(['--reset']);
      const { preMarker, needsTerm, needsKill } = daemons;
      expect(report.swept).toHaveLength(4);
      expect(report.swept).toContainEqual(
        expect.objectContaining({ pid: preMarker.pid, cleanup_path: 'http_shutdown' }),
      );
      expect(signals).toHaveLength(3);
      expect(signals).toEqual(
        expect.arrayContaining([`SIGKILL ${needsKill.pid}`, `SIGTERM ${needsTerm.pid}`]),
      );
      expect(asked).toEqual([]);
      expect(requests.toSorted()).toEqual([9401, 9402, 9403, 9404]);
      expect(requested()).toEqual(['orphan', 'preMarker', 'needsTerm', 'needsKill']);
      const acts = readFileSync(`${world.root}/sync/daemon/journal.jsonl`, 'utf8').match(/"event":"intent"/g);
      expect(acts).toHaveLength(4);
    }, 40_000);

    test('startup reaches only the proven orphans, and spawns nothing (AS-1, FR-006, pitfall 11)', async () => {
      const traceTo = `${world.folder}/trace`;
      const { report } = await sync(world, 'now', { traceTo });
      const { signals, asked, requests, programs, ports } = readTrace(traceTo);
      const { orphan, needsTerm, needsKill } = daemons;
      expect(report.outcome).toMatchObject({
        kind: 'ready',
        daemon: { how: 'reused', pid: daemons.live.pid },
        swept: [{ pid: orphan.pid }, { pid: needsTerm.pid }, { pid: needsKill.pid }],
      });
      expect(signals.toSorted()).toEqual(
        [`SIGKILL ${needsKill.pid}`, `SIGTERM ${needsKill.pid}`, `SIGTERM ${needsTerm.pid}`].toSorted(),
      );
      expect({ asked, requests: requests.toSorted(), programs: programs.length }).toEqual({
        asked: [],
        requests: [9401, 9403, 9404],
        programs: 1,
      });
      expect(inRange).toEqual(expect.arrayContaining([...ports]));
      expect(requested()).toEqual(['orphan', 'needsTerm', 'needsKill']);
    }, 40_000);

    test('sync stop reaches only the recorded daemon', async () => {
      const traceTo = `${world.folder}/trace`;
      const { report } = await sync(world, 'stop', { traceTo });
      const { signals, asked, requests } = readTrace(traceTo);
      expect(report.stopped).toMatchObject({ pid: daemons.live.pid });
      expect({ signals, asked, requests, requested: requested() }).toEqual({
        signals: [],
        asked: [],
        requests: [9405],
        requested: ['live'],
      });
    }, 40_000);

    test('without koffi it sends the same shutdown requests and no signal', async () => {
      const { report, signals, programs } = await traced(['--reset'], true);
      expect(signals).toEqual([]);
      // Without koffi the product runs flock(1) for the lock, so a working trace has at least two programs.
      expect(programs.length).toBeGreaterThanOrEqual(2);
      expect(programs.join('\n')).not.toMatch(new RegExp(tokens().join('|')));
      for (const { pid } of [daemons.needsTerm, daemons.needsKill]) {
        expect(report.failed).toContainEqual(expect.objectContaining({ pid, failure_reason: 'cannot_hold' }));
      }
    }, 40_000);
  },
);

describeIf([hasNetworkNamespace, hasPython, hasStrace, isRoot], 'files that doctor opens', () => {
  test("include no file that another user's command line names, and no device behind a link", async () => {
    const world = await createWorld();
    try {
      const theirs = await world.startDaemon({ port: 9401, version: '3.2.4', uid: 12_345 });
      symlinkSync('/dev/zero', `${theirs.root}/sync-daemon`);
      const orphan = await world.startDaemon({ port: 9402, version: '3.2.4' });
      symlinkSync('/dev/zero', `${orphan.root}/sync-daemon`);
      const log = `${world.folder}/trace`;
      const under = ['strace', '-f', '-o', log, '-e', 'trace=open,openat'];
      const { report } = await doctor(world, [], { under });
      expect(verdictOn(report, 9401)).toBe('operator_required other_user');
      expect(verdictOn(report, 9402)).toBe('operator_required singleton_unknown');
      const opened = readFileSync(log, 'utf8');
      expect(opened).toContain(`${orphan.root}/sync/daemon/owner.json`);
      expect(opened).not.toContain(theirs.root);
      expect(opened).not.toContain(`${orphan.root}/sync-daemon"`);
    } finally {
      await world.close();
    }
  });
});

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { doctor } from '../support/doctor.js';
import { isAlive } from '../support/process-table.js';
import { describeIf, hasNetworkNamespace, hasPython, hasStrace, isRoot } from '../support/requires.js';
import { HOSTED, identityRecords, install, readyDaemon, sync } from '../support/sync.js';
import { readTrace } from '../support/trace.js';
import { createWorld, type World } from '../support/world.js';

describeIf([hasNetworkNamespace, hasPython], 'a command that needs sync', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  /** Daemons of old releases and of older ones of ours, none of them recorded. */
  const startStale = async (): Promise<readonly number[]> => {
    const pids: number[] = [];
    for (const version of ['3.2.90', '3.2.91']) {
      const { pid } = readyDaemon(await sync(world, 'start', install(world, version)));
      pids.push(pid);
      // Or the next one would retire it.
      await world.shell(`rm ${world.root}/sync-daemon && kill -STOP ${pid}`);
    }
    for (const [index, version] of ['3.2.2', '3.2.3', '3.2.4'].entries()) {
      pids.push((await world.startDaemon({ port: 9410 + index, version })).pid);
    }
    await world.shell(`kill -CONT ${pids.join(' ')}`);
    return pids;
  };
  const alive = (pids: readonly number[]): readonly number[] => pids.filter(isAlive);
  const listening = async (): Promise<readonly (number | null)[]> =>
    (await doctor(world)).report.candidates.map(({ pid }) => pid);

  test('starts one daemon, and finds it again (FR-007)', async () => {
    const started = readyDaemon(await sync(world, 'now'));
    expect(started).toMatchObject({ how: 'started', port: 9400, generation: 'own' });
    const reused = readyDaemon(await sync(world, 'now'));
    expect(reused).toEqual({ ...started, how: 'reused' });
    expect(await listening()).toEqual([started.pid]);
    expect((await sync(world, 'status')).report.daemon).toMatchObject({ state: 'healthy', pid: started.pid });
  });

  test('without a recorded daemon: the stale ones are gone, and exactly one is there (AS-1, SC-001)', async () => {
    const stale = await startStale();
    const { report } = await sync(world, 'now');
    expect(alive(stale)).toEqual([]);
    expect(report.outcome).toMatchObject({ kind: 'ready', daemon: { how: 'started' }, failed: [] });
    expect(await listening()).toHaveLength(1);
    expect(identityRecords(world)).toHaveLength(1);
  });

  test('with a healthy one of ours: the stale ones are gone, it stays, and nothing is spawned (AS-1, FR-007, SC-001, pitfall 18)', async () => {
    const stale = await startStale();
    // Started while the stale ones are hidden from it: with them there, it would have retired them itself.
    await world.shell(`kill -STOP ${stale.join(' ')}`);
    const recorded = readyDaemon(await sync(world, 'now'));
    await world.shell(`kill -CONT ${stale.join(' ')}`);
    expect(alive(stale)).toEqual(stale);

    const { report } = await sync(world, 'now');
    expect(alive(stale)).toEqual([]);
    expect(report.outcome).toMatchObject({ kind: 'ready', daemon: { how: 'reused', pid: recorded.pid } });
    expect(await listening()).toEqual([recorded.pid]);
  }, 20_000);

  test('with a healthy Python daemon: it is asked to drain, stays, and nothing is spawned', async () => {
    const recorded = await world.startDaemon({ port: 9405, version: '3.2.5' });
    world.recordSingleton(recorded);
    const stale = await world.startDaemon({ port: 9406, version: '3.2.3' });
    const { report } = await sync(world, 'now');
    expect(report).toMatchObject({
      outcome: { kind: 'ready', daemon: { how: 'reused', pid: recorded.pid, generation: 'python' } },
      drain: 'requested',
    });
    expect(recorded.journal().requests).toContain('POST /api/sync/trigger HTTP/1.0');
    expect([stale.alive(), await listening()]).toEqual([false, [recorded.pid]]);
  });

  test('leaves alone whoever needs a decision, and says how many (AS-2, FR-006, FR-009, SC-002)', async () => {
    const preMarker = await world.startDaemon({ port: 9410, version: '3.1.4' });
    const otherRoot = await world.startDaemon({
      port: 9411,
      version: '3.2.4',
      root: `${world.folder}/o/.spec-kitty`,
    });
    const liar = await world.startDaemon({ port: 9412, version: '3.2.3', healthPatch: { token: 'another' } });
    const wedged = await world.startDaemon({ port: 9413, version: '3.2.3', silentSeconds: Infinity });
    const web = await world.startPlainHttp(9414);
    const dashboard = await world.startDashboard({ port: 9415 });
    const impostor = await world.startHostile(9416, 'impostor', web.pid);
    const { code, stdout, stderr } = await world.run(['sync', 'now'], { env: HOSTED });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('sync daemon started on port 9400'),
    });
    expect(stderr).toBe('spec-kitty: 4 daemons left for you to decide: run `npx spec-kitty auth doctor`\n');
    for (const daemon of [preMarker, otherRoot, liar, wedged]) {
      expect(daemon.alive()).toBe(true);
      expect(daemon.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
    }
    expect([web, dashboard, impostor].every((one) => one.alive())).toBe(true);
  });

  test('an older daemon of ours is succeeded, a newer one and one of no readable version stay (pitfall 21)', async () => {
    const older = readyDaemon(await sync(world, 'now', install(world, '3.2.99')));
    const ours = readyDaemon(await sync(world, 'now'));
    expect(ours.how).toBe('started');
    expect([isAlive(older.pid), await listening()]).toEqual([false, [ours.pid]]);
    // An older command finds a newer daemon.
    expect(readyDaemon(await sync(world, 'now', install(world, '3.2.99')))).toEqual({
      ...ours,
      how: 'reused',
    });
    await sync(world, 'stop');
    const odd = readyDaemon(await sync(world, 'now', install(world, 'nightly')));
    expect(readyDaemon(await sync(world, 'now'))).toMatchObject({ how: 'reused', pid: odd.pid });
  }, 20_000);

  test('our state file gives a released CLI nobody to kill (observed: "a state file that it did not write") (pitfall 2)', async () => {
    const { pid, port } = readyDaemon(await sync(world, 'now'));
    const lines = readFileSync(`${world.root}/sync-daemon`, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines.slice(0, 2)).toEqual([`http://127.0.0.1:${port}`, String(port)]);
    expect(lines).not.toContain(String(pid));
    // What 3.2.5 does with such a file: it only unlinks it, and records its own daemon.
    await world.shell(`rm ${world.root}/sync-daemon`);
    const python = await world.startDaemon({ port: 9401, version: '3.2.5' });
    world.recordSingleton(python);
    expect(readyDaemon(await sync(world, 'now'))).toMatchObject({ how: 'reused', pid: python.pid });
    expect([isAlive(pid), python.alive()]).toEqual([false, true]);
  });
});

describeIf([hasNetworkNamespace, hasStrace, isRoot], 'a start that is skipped', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
    mkdirSync(world.root, { recursive: true });
  });
  afterEach(() => world.close());

  const SKIPS: readonly (readonly [reason: string, env: Readonly<Record<string, string>>, config: string])[] =
    [
      ...['1', 'true', 'YES', 'y', 'on'].map(
        (value) => ['disabled', { ...HOSTED, SPEC_KITTY_SYNC_DISABLE: value }, ''] as const,
      ),
      ['disabled', { ...HOSTED, SPEC_KITTY_SYNC_MINIMAL_IMPORT: '1' }, ''],
      // The order of the design: the first reason counts.
      ['disabled', { SPEC_KITTY_SYNC_DISABLE: '1' }, ''],
      ['rollout_disabled', {}, ''],
      ['rollout_disabled', { SPEC_KITTY_ENABLE_SAAS_SYNC: '0' }, ''],
      ['manual', HOSTED, '[sync]\nbackground_daemon = "manual"\n'],
    ];
  test.each(SKIPS)('%s (%j): scans, spawns and contacts nothing (C-006)', async (reason, env, config) => {
    if (config !== '') writeFileSync(`${world.root}/config.toml`, config);
    const traceTo = `${world.folder}/trace`;
    const { code, json } = await world.run(['sync', 'now', '--json'], { env, traceTo });
    expect(code).toBe(0);
    expect(json()).toMatchObject({ outcome: { kind: 'skipped', reason }, drain: 'not_asked' });
    const { programs, ports, signals } = readTrace(traceTo);
    expect({ programs: programs.length, ports, signals }).toEqual({ programs: 1, ports: [], signals: [] });
    expect(readFileSync(traceTo, 'utf8')).not.toContain('/proc/net/tcp');
    const text = await world.run(['sync', 'now'], { env });
    expect(text.stdout).toContain(`sync skipped (${reason})`);
  });

  test('an explicit start overrides what only keeps it from starting by itself', async () => {
    writeFileSync(`${world.root}/config.toml`, '[sync]\nbackground_daemon = "manual"\n');
    const { report } = await sync(world, 'start', { env: { SPEC_KITTY_SYNC_DISABLE: '1' } });
    expect(report).toMatchObject({
      outcome: { kind: 'ready', daemon: { how: 'started' } },
      drain: 'not_asked',
    });
    const { json } = await world.run(['sync', 'start', '--json'], { env: {} });
    expect(json()).toMatchObject({ outcome: { kind: 'skipped', reason: 'rollout_disabled' } });
  });
});

describe('sync stop', () => {
  describeIf([hasNetworkNamespace, hasPython], 'ends the recorded daemon of this root, and no other', () => {
    let world: World;
    beforeEach(async () => {
      world = await createWorld();
    });
    afterEach(() => world.close());

    test('ours, and it leaves nothing behind', async () => {
      const orphan = await world.startDaemon({ port: 9410, version: '3.1.4' });
      const { pid } = readyDaemon(await sync(world, 'now'));
      const { report, code } = await sync(world, 'stop');
      expect({ code, report }).toMatchObject({
        code: 0,
        report: { stopped: { pid, cleanup_path: 'http_shutdown' } },
      });
      expect([isAlive(pid), orphan.alive(), identityRecords(world)]).toEqual([false, true, []]);
      expect((await sync(world, 'status')).report.daemon).toBeNull();
      expect((await sync(world, 'stop')).report).toMatchObject({ stopped: null, failed: null });
    });

    test('a recorded Python daemon too', async () => {
      const recorded = await world.startDaemon({ port: 9405, version: '3.2.3' });
      world.recordSingleton(recorded);
      const { report } = await sync(world, 'stop');
      expect(report.stopped).toMatchObject({ pid: recorded.pid });
      expect((await doctor(world)).report.daemon).toBeNull();
    });

    test('also one that is busy: it is asked again for 3 s', async () => {
      const { pid } = readyDaemon(await sync(world, 'now'));
      process.kill(pid, 'SIGSTOP');
      const stopping = sync(world, 'stop');
      await sleep(1500);
      process.kill(pid, 'SIGCONT');
      expect((await stopping).report).toMatchObject({ stopped: { pid }, failed: null });
    });

    test('not one that cannot prove what it says of itself (pitfall 31)', async () => {
      const recorded = await world.startDaemon({
        port: 9405,
        version: '3.2.3',
        healthPatch: { token: 'another' },
      });
      world.recordSingleton(recorded);
      const { report, code } = await sync(world, 'stop');
      expect({ code, report }).toMatchObject({
        code: 1,
        report: { failed: { failure_reason: 'not_proven' } },
      });
      expect([recorded.alive(), recorded.journal().shutdownTokens]).toEqual([true, []]);
    });
  });
});

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { doctor } from '../support/doctor.js';
import { isAlive } from '../support/process-table.js';
import { describeIf, hasNetworkNamespace, hasPython, hasStrace, isRoot } from '../support/requires.js';
import { HOSTED, identityRecords, install, readyDaemon, sync } from '../support/sync.js';
import { readTrace } from '../support/trace.js';
import { createWorld, type World } from '../support/world.js';
import { INVOCATION } from '../support/product.js';

describeIf([hasNetworkNamespace, hasPython], 'a command that needs sync', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  /** Starts released daemons and older daemons of ours, none of them recorded. */
  const startStale = async (): Promise<readonly number[]> => {
    const pids: number[] = [];
    for (const version of ['3.2.90', '3.2.91']) {
      const { pid } = readyDaemon(await sync(world, 'start', install(world, version)));
      pids.push(pid);
      // Otherwise the start of the next one would retire it.
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

  test('starts one daemon, and a second command reuses it (FR-007)', async () => {
    const started = readyDaemon(await sync(world, 'now'));
    expect(started).toMatchObject({ how: 'started', port: 9400, generation: 'own' });
    const reused = readyDaemon(await sync(world, 'now'));
    expect(reused).toEqual({ ...started, how: 'reused' });
    expect(await listening()).toEqual([started.pid]);
    expect((await sync(world, 'status')).report.daemon).toMatchObject({ state: 'healthy', pid: started.pid });
  });

  test('cleans stale daemons and starts exactly one when none is recorded (AS-1, SC-001)', async () => {
    const stale = await startStale();
    const { report } = await sync(world, 'now');
    expect(alive(stale)).toEqual([]);
    expect(report.outcome).toMatchObject({ kind: 'ready', daemon: { how: 'started' }, failed: [] });
    expect(await listening()).toHaveLength(1);
    expect(identityRecords(world)).toHaveLength(1);
  });

  test('cleans stale daemons and starts none when a healthy daemon of this version is recorded (AS-1, FR-007, SC-001, pitfall 18)', async () => {
    const stale = await startStale();
    // The stale daemons are stopped meanwhile, because the start of this daemon would retire them.
    await world.shell(`kill -STOP ${stale.join(' ')}`);
    const recorded = readyDaemon(await sync(world, 'now'));
    await world.shell(`kill -CONT ${stale.join(' ')}`);
    expect(alive(stale)).toEqual(stale);

    const { report } = await sync(world, 'now');
    expect(alive(stale)).toEqual([]);
    expect(report.outcome).toMatchObject({ kind: 'ready', daemon: { how: 'reused', pid: recorded.pid } });
    expect(await listening()).toEqual([recorded.pid]);
  }, 20_000);

  test('asks a healthy recorded Python daemon to drain, and starts none', async () => {
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

  test('does not touch operator_required daemons, and reports their number (AS-2, FR-006, FR-009, SC-002)', async () => {
    const preMarker = await world.startDaemon({ port: 9410, version: '3.1.4' });
    const otherRoot = await world.startDaemon({
      port: 9411,
      version: '3.2.4',
      root: `${world.folder}/o/.spec-kitty`,
    });
    const liar = await world.startDaemon({ port: 9412, version: '3.2.3', healthPatch: { token: 'another' } });
    const stuck = await world.startDaemon({ port: 9413, version: '3.2.3', silentSeconds: Infinity });
    const web = await world.startPlainHttp(9414);
    const dashboard = await world.startDashboard({ port: 9415 });
    const impostor = await world.startHostile(9416, 'impostor', web.pid);
    const { code, stdout, stderr } = await world.run(['sync', 'now'], { env: HOSTED });
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: expect.stringContaining('sync daemon started on port 9400'),
    });
    expect(stderr).toBe(`spec-kitty: 4 daemons left for you to decide: run \`${INVOCATION} auth doctor\`\n`);
    for (const daemon of [preMarker, otherRoot, liar, stuck]) {
      expect(daemon.alive()).toBe(true);
      expect(daemon.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
    }
    expect([web, dashboard, impostor].every((one) => one.alive())).toBe(true);
  });

  test('replaces an older daemon, and keeps a newer one and one with an unreadable version (pitfall 21)', async () => {
    const older = readyDaemon(await sync(world, 'now', install(world, '3.2.99')));
    const ours = readyDaemon(await sync(world, 'now'));
    expect(ours.how).toBe('started');
    expect([isAlive(older.pid), await listening()]).toEqual([false, [ours.pid]]);
    // A command of an older version keeps the newer daemon.
    expect(readyDaemon(await sync(world, 'now', install(world, '3.2.99')))).toEqual({
      ...ours,
      how: 'reused',
    });
    await sync(world, 'stop');
    const odd = readyDaemon(await sync(world, 'now', install(world, 'nightly')));
    expect(readyDaemon(await sync(world, 'now'))).toMatchObject({ how: 'reused', pid: odd.pid });
  }, 20_000);

  test('writes a state file without a PID that a released CLI could kill (pitfall 2)', async () => {
    const { pid, port } = readyDaemon(await sync(world, 'now'));
    const lines = readFileSync(`${world.root}/sync-daemon`, 'utf8').trim().split('\n');
    expect(lines).toHaveLength(3);
    expect(lines.slice(0, 2)).toEqual([`http://127.0.0.1:${port}`, String(port)]);
    expect(lines).not.toContain(String(pid));
    // As 3.2.5 handles such a file: it only unlinks it, and records its own daemon.
    await world.shell(`rm ${world.root}/sync-daemon`);
    const python = await world.startDaemon({ port: 9401, version: '3.2.5' });
    world.recordSingleton(python);
    expect(readyDaemon(await sync(world, 'now'))).toMatchObject({ how: 'reused', pid: python.pid });
    expect([isAlive(pid), python.alive()]).toEqual([false, true]);
  });
});

describeIf([hasNetworkNamespace, hasStrace, isRoot], 'a skipped start', () => {
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
      // The first reason in this order counts.
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

  test.each<[why: string, env: Readonly<Record<string, string>>, config: string]>([
    ['manual', {}, '[sync]\nbackground_daemon = "manual"\n'],
    ['disabled', { SPEC_KITTY_SYNC_DISABLE: '1' }, ''],
  ])(
    'the next step of a `sync now` that is %s starts a daemon as it is printed',
    async (_why, env, config) => {
      writeFileSync(`${world.root}/config.toml`, config);
      const { stderr } = await world.run(['sync', 'now'], { env: { ...HOSTED, ...env } });
      const [, command = ''] = /^next step: (.*)\n {4}# .*\n$/.exec(stderr) ?? [];
      expect(command).toBe(`${INVOCATION} sync start`);
      const started = await world.shell(
        `export SPEC_KITTY_ENABLE_SAAS_SYNC=1\n${process.execPath} ${command}`,
      );
      expect(started).toMatchObject({ code: 0, stdout: expect.stringContaining('sync daemon started') });
    },
  );

  test('the next step of a `sync now` without the opt-in lets it start a daemon', async () => {
    const { stdout, stderr } = await world.run(['sync', 'now'], { env: {} });
    expect(stdout).toContain('sync skipped (rollout_disabled)');
    const [, step = ''] = /^next step: (.*)\n {4}# .*\n$/.exec(stderr) ?? [];
    const again = await world.shell(`${step}\n${process.execPath} ${INVOCATION} sync now`);
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('sync daemon started') });
  });

  test('an explicit start overrides the settings that disable automatic starts', async () => {
    writeFileSync(`${world.root}/config.toml`, '[sync]\nbackground_daemon = "manual"\n');
    const { report, code: started } = await sync(world, 'start', { env: { SPEC_KITTY_SYNC_DISABLE: '1' } });
    expect(started).toBe(0);
    expect(report).toMatchObject({
      outcome: { kind: 'ready', daemon: { how: 'started' } },
      drain: 'not_asked',
    });
    const { json, code } = await world.run(['sync', 'start', '--json'], { env: {} });
    expect(json()).toMatchObject({ outcome: { kind: 'skipped', reason: 'rollout_disabled' } });
    expect(code).toBe(1);
  });

  test.each([{}, { SPEC_KITTY_ENABLE_SAAS_SYNC: '0' }, { SPEC_KITTY_SYNC_DISABLE: '1' }])(
    'an explicit start without the opt-in (%j) fails, and its next step works as printed',
    async (env) => {
      const { code, stdout, stderr } = await world.run(['sync', 'start'], { env });
      expect({ code, stdout }).toEqual({
        code: 1,
        stdout: 'sync skipped (rollout_disabled): SPEC_KITTY_ENABLE_SAAS_SYNC is not set to 1\n',
      });
      const [, step = ''] =
        /^spec-kitty: no daemon was started\nnext step: (.*)\n {4}# .*\n$/.exec(stderr) ?? [];
      const again = await world.shell(`${step}\n${process.execPath} ${INVOCATION} sync start`);
      expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('sync daemon started') });
    },
  );

  test('`sync start --help` says what holds a start back, and what does not', async () => {
    const { code, stdout } = await world.run(['sync', 'start', '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/needs SPEC_KITTY_ENABLE_SAAS_SYNC=1/);
    for (const name of ['SPEC_KITTY_SYNC_DISABLE', 'SPEC_KITTY_SYNC_MINIMAL_IMPORT', 'background_daemon'])
      expect(stdout).toMatch(new RegExp(`It ignores[^]*${name}`));
    expect(stdout).toContain('1 none does: the start was skipped, or failed');
  });
});

describe('sync stop', () => {
  describeIf([hasNetworkNamespace, hasPython], 'stops the recorded daemon of this root and no other', () => {
    let world: World;
    beforeEach(async () => {
      world = await createWorld();
    });
    afterEach(() => world.close());

    test('a daemon of this version, which removes its files', async () => {
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

    test('a Python daemon', async () => {
      const recorded = await world.startDaemon({ port: 9405, version: '3.2.3' });
      world.recordSingleton(recorded);
      const { report } = await sync(world, 'stop');
      expect(report.stopped).toMatchObject({ pid: recorded.pid });
      expect((await doctor(world)).report.daemon).toBeNull();
    });

    test('also when it is busy: it is asked again for 3 s', async () => {
      const { pid } = readyDaemon(await sync(world, 'now'));
      process.kill(pid, 'SIGSTOP');
      const stopping = sync(world, 'stop');
      await sleep(1500);
      process.kill(pid, 'SIGCONT');
      expect((await stopping).report).toMatchObject({ stopped: { pid }, failed: null });
    });

    test('but not a daemon whose self-report is not proven (pitfall 31)', async () => {
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

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DashboardStartReport } from '../../src/dashboard/view.js';
import {
  dashboardRecords,
  dashboardStop,
  dashboardUp,
  readyDashboard,
} from '../support/dashboard-command.js';
import { recordDashboard } from '../support/dashboards.js';
import { isAlive } from '../support/process-table.js';
import { INVOCATION } from '../support/product.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { HOSTED, install } from '../support/sync.js';
import { until } from '../support/until.js';
import { createWorld, type World } from '../support/world.js';

const IDLE = 'DASHBOARD_IDLE_RETIREMENT_SECONDS';

describeIf([hasNetworkNamespace, hasPython], 'spec-kitty dashboard', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  const files = (): string => `${world.project}/.kittify`;

  test('starts a dashboard, reuses it from any folder of the project, and stops it', async () => {
    const first = await dashboardUp(world);
    const { how, port, pid, url } = readyDashboard(first);
    expect({ code: first.code, how, port, url }).toEqual({
      code: 0,
      how: 'started',
      port: 9237,
      url: 'http://127.0.0.1:9237/',
    });
    mkdirSync(`${world.project}/deep/er`, { recursive: true });
    expect(readyDashboard(await dashboardUp(world, { cwd: `${world.project}/deep/er` }))).toMatchObject({
      how: 'reused',
      pid,
    });
    const { stdout } = await world.run(['dashboard'], { cwd: world.project });
    expect(stdout).toContain(`to stop it now: \`${INVOCATION} dashboard --stop\`\n`);
    const { code, report } = await dashboardStop(world);
    expect({ code, swept: report.swept.map((entry) => entry.pid), alive: isAlive(pid) }).toEqual({
      code: 0,
      swept: [pid],
      alive: false,
    });
    expect(existsSync(`${files()}/.dashboard`)).toBe(false);
    expect(dashboardRecords(world.project)).toEqual([]);
    const again = await world.run(['dashboard', '--stop'], { cwd: world.project });
    expect([again.code, again.stdout]).toEqual([0, 'no dashboard of this project is running\n']);
  });

  test('writes a state file without a PID that a released CLI could kill and without a secret, and a folder that git ignores', async () => {
    const { pid } = readyDashboard(await dashboardUp(world));
    const [record] = dashboardRecords(world.project);
    const lines = readFileSync(`${files()}/.dashboard`, 'utf8').split('\n');
    expect(lines).toEqual(['http://127.0.0.1:9237', '9237', record?.['id'], '']);
    expect(record).toMatchObject({ pid, port: 9237, root: world.project });
    expect(statSync(`${files()}/.dashboard.d/identity`).mode & 0o777).toBe(0o700);
    const git = (...words: string[]): string =>
      execFileSync('git', words, { cwd: world.project, encoding: 'utf8' });
    git('init', '-q');
    expect(git('status', '--porcelain', '--untracked-files=all')).toBe('?? .kittify/.dashboard\n');
  });

  test('starts no sync daemon even when sync is enabled: its intent is local only (AS-7, C-003)', async () => {
    const { report } = await dashboardUp(world, { env: HOSTED });
    expect(report.sync).toMatchObject({ kind: 'skipped', reason: 'local_only' });
    expect(readyDashboard({ report }).how).toBe('started');
    expect(existsSync(world.root)).toBe(false);
    const { report: doctor } = await world
      .run(['auth', 'doctor', '--json'])
      .then((outcome) => ({ report: outcome.json() as { candidates: unknown[] } }));
    expect(doctor.candidates).toEqual([]);
  });

  test('runs one dashboard per project, and stops only that of its own project (pitfall 9)', async () => {
    const other = `${world.folder}/other`;
    mkdirSync(`${other}/.kittify`, { recursive: true });
    const here = readyDashboard(await dashboardUp(world));
    const there = readyDashboard(await dashboardUp(world, { cwd: other }));
    expect([here.port, there.port]).toEqual([9237, 9238]);
    const { report } = await dashboardStop(world);
    expect(report).toMatchObject({
      swept: [{ pid: here.pid }],
      skipped: [{ pid: there.pid, skip_reason: 'other_project', cleanup_class: 'never_touch' }],
      failed: [],
    });
    expect(isAlive(there.pid)).toBe(true);
  });

  test('reuses a recorded released dashboard of this project, and stops it with --stop', async () => {
    const released = await world.startDashboard({ port: 9240, project: world.project });
    recordDashboard(released);
    expect(readyDashboard(await dashboardUp(world))).toMatchObject({
      how: 'reused',
      generation: 'python',
      pid: released.pid,
    });
    const { report } = await dashboardStop(world);
    expect(report.swept).toMatchObject([{ pid: released.pid, cleanup_path: 'http_shutdown' }]);
    expect(released.journal().shutdownTokens).toEqual([released.token]);
    expect(existsSync(`${files()}/.dashboard`)).toBe(false);
  });

  test('retires a stale dashboard at a start, but not one that may still be starting', async () => {
    const left = await world.startDashboard({ port: 9240, project: world.project });
    const young = await dashboardUp(world);
    expect([readyDashboard(young).how, left.alive()]).toEqual(['started', true]);
    const later = await dashboardUp(world, { asIfRunningForAMinute: true });
    expect(later.report.outcome).toMatchObject({ kind: 'ready', swept: [{ pid: left.pid }], failed: [] });
    expect(left.alive()).toBe(false);
  });

  test('replaces an older dashboard, and keeps a newer one', async () => {
    const older = readyDashboard(await dashboardUp(world, install(world, '3.2.99')));
    const { report } = await dashboardUp(world);
    const current = readyDashboard({ report });
    expect(report.outcome).toMatchObject({ swept: [{ pid: older.pid }] });
    const evenOlder = await dashboardUp(world, install(world, '3.2.99'));
    expect(readyDashboard(evenOlder)).toMatchObject({ how: 'reused', pid: current.pid });
  });

  test('leaves a recorded dashboard without proof alone, and reports it', async () => {
    const liar = await world.startDashboard({
      port: 9241,
      project: world.project,
      healthPatch: { token: 'another' },
    });
    recordDashboard(liar);
    const up = await world.run(['dashboard', '--json'], { cwd: world.project });
    expect([up.code, up.json()]).toMatchObject([
      1,
      { outcome: { kind: 'degraded', reason: 'singleton_unproven' } },
    ]);
    const stop = await dashboardStop(world);
    expect([stop.code, stop.report.failed]).toMatchObject([
      1,
      [{ pid: liar.pid, failure_reason: 'not_proven' }],
    ]);
    expect([liar.alive(), liar.journal().shutdownTokens]).toEqual([true, []]);
    // The printed next step works: `--stop` left the process alone, so the user stops it.
    const { next_step: nextStep } = (up.json() as DashboardStartReport).outcome as { next_step: string };
    expect(nextStep).toContain('end it yourself');
    await world.shell(/`(kill \d+)`/.exec(nextStep)?.[1] ?? 'false');
    await until(() => !liar.alive());
    expect(readyDashboard(await dashboardUp(world)).how).toBe('started');
  });

  test('a stop asks a busy dashboard again, and stops it once it answers', async () => {
    const { pid } = readyDashboard(await dashboardUp(world));
    process.kill(pid, 'SIGSTOP');
    const stopping = dashboardStop(world);
    await sleep(1500);
    process.kill(pid, 'SIGCONT');
    const { code, report } = await stopping;
    expect({ code, swept: report.swept }).toMatchObject({ code: 0, swept: [{ pid }] });
  });

  test('a stop that gets no answer in 3 s says so, and succeeds when repeated', async () => {
    const { pid } = readyDashboard(await dashboardUp(world));
    process.kill(pid, 'SIGSTOP');
    const { code, report, ms } = await dashboardStop(world);
    process.kill(pid, 'SIGCONT');
    expect(ms).toBeGreaterThan(3000);
    const detail =
      'it does not answer (no complete answer within 500 ms): it may be stuck or busy, or the machine is busy';
    expect([code, report.failed]).toMatchObject([1, [{ pid, failure_reason: 'not_proven', detail }]]);
    const repeated = await dashboardStop(world);
    expect([repeated.code, repeated.report.swept]).toMatchObject([0, [{ pid }]]);
  });

  test.each([
    ['another process has', (pid: number) => pid],
    ['no process has', () => 4_000_000],
  ])('ignores a recorded PID that %s now (pitfalls 1 and 2)', async (_who, pidIn) => {
    const web = await world.startPlainHttp(9250);
    writeFileSync(`${files()}/.dashboard`, `http://127.0.0.1:9260\n9260\ntoken\n${pidIn(web.pid)}\n`);
    const { code, report } = await dashboardStop(world);
    expect({ code, swept: report.swept, failed: report.failed }).toEqual({ code: 0, swept: [], failed: [] });
    expect([web.alive(), existsSync(`${files()}/.dashboard`)]).toEqual([true, false]);
    expect(readyDashboard(await dashboardUp(world)).how).toBe('started');
  });

  test('retires when idle, when its project is deleted, and when another dashboard is recorded', async () => {
    const env = { [IDLE]: '1' };
    const idle = readyDashboard(await dashboardUp(world, { env }));
    await until(() => !isAlive(idle.pid));
    expect(readFileSync(`${files()}/.dashboard.d/dashboard.log`, 'utf8')).toContain('leaves (idle)');
    const superseded = readyDashboard(await dashboardUp(world, { env: { [IDLE]: '2' } }));
    recordDashboard(await world.startDashboard({ port: 9244, project: world.project }));
    await until(() => !isAlive(superseded.pid));
    rmSync(`${files()}/.dashboard`);
    const orphaned = readyDashboard(await dashboardUp(world, { env: { [IDLE]: '2' } }));
    rmSync(world.project, { recursive: true });
    await until(() => !isAlive(orphaned.pid));
    expect(existsSync(world.project)).toBe(false);
  }, 40_000);

  test('outside a project and for unknown options: an error and exit code 2', async () => {
    const { code, stderr } = await world.run(['dashboard']);
    expect([code, stderr]).toEqual([
      2,
      `spec-kitty: neither ${world.folder} nor a folder above it has a \`.kittify\` folder\nnext step: run it in the folder of a Spec Kitty project\n`,
    ]);
    const json = await world.run(['dashboard', '--nope', '--json']);
    expect([json.code, json.json()]).toMatchObject([2, { error: { message: 'unknown option `--nope`' } }]);
  });

  test('in a deleted working directory: an error and exit code 2', async () => {
    const under = ['sh', '-c', 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', 'sh'];
    for (const words of [['dashboard'], ['dashboard', '--stop']]) {
      const { code, stderr } = await world.run(words, { under });
      expect([code, stderr]).toEqual([
        2,
        'spec-kitty: the current folder does not exist any more\nnext step: run it in the folder of a Spec Kitty project\n',
      ]);
    }
  });

  test('reports that all ports are taken, and starts nothing', async () => {
    await world.startSilent(Array.from({ length: 100 }, (_, index) => 9237 + index));
    const { code, stderr } = await world.run(['dashboard'], { cwd: world.project });
    expect([code, stderr]).toEqual([1, expect.stringContaining('all 100 dashboard ports are taken')]);
    const nextStep = /^next step: (.*)$/m.exec(stderr)?.[1] ?? '';
    const names = await world.shell(nextStep);
    expect(names.stdout.match(/:9\d{3} .*pid=/g)).toHaveLength(100);
  });

  test('twenty concurrent starts end with one dashboard', async () => {
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => dashboardUp(world)));
    const pids = new Set(outcomes.map((outcome) => readyDashboard(outcome).pid));
    expect([pids.size, outcomes.every(({ code }) => code === 0)]).toEqual([1, true]);
    expect(dashboardRecords(world.project)).toHaveLength(1);
  }, 60_000);
});

describeIf([hasNetworkNamespace, hasPython, isRoot], 'dashboards and other users', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  test("another user's dashboard of this project is left alone, even by root", async () => {
    const theirs = await world.startDashboard({ port: 9245, project: world.project, uid: 12_345 });
    const { report, code } = await dashboardStop(world);
    expect([code, report.skipped]).toMatchObject([0, [{ pid: null, skip_reason: 'identity_unreadable' }]]);
    expect([theirs.alive(), theirs.journal().shutdownTokens]).toEqual([true, []]);
    const { stdout } = await world.run(['dashboard', '--stop'], { cwd: world.project });
    expect(stdout).toBe(
      'no dashboard of this project that may be stopped; listeners whose project is unknown: 9245 (its command line cannot be read)\n',
    );
  });

  test("nothing is written to another user's project", async () => {
    await world.shell(`chown 12345 ${world.project} ${world.project}/.kittify`);
    const up = await world.run(['dashboard', '--json'], { cwd: world.project });
    expect([up.code, up.json()]).toMatchObject([1, { outcome: { reason: 'root_unusable' } }]);
    expect(existsSync(`${world.project}/.kittify/.dashboard.d`)).toBe(false);
  });
});

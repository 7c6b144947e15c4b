import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { doctor } from '../support/doctor.js';
import { isAlive } from '../support/process-table.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { HOSTED, readyDaemon, sync } from '../support/sync.js';
import { createWorld, type World } from '../support/world.js';
import { INVOCATION } from '../support/product.js';

/** A shell that holds a lock, as in the manual of flock(1). */
const HOLDING_A_LOCK = ['bash', '-c', 'exec 200>job.lock; flock -n 200; exec "$@"', 'bash'];
/** The product inherits a descriptor that is open for reading, so the FIFO has a reader. */
const READING_THE_LOG = ['bash', '-c', 'exec 9<>"$HOME/.spec-kitty/sync-daemon.log"; exec "$@"', 'bash'];
const OTHER_USER = 12_345;

describeIf([hasNetworkNamespace, hasPython], 'a failed startup warns, and does not fail the command', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  const sockets = async (): Promise<number> => (await doctor(world)).report.candidates.length;

  test('a busy recorded daemon is neither killed nor replaced (pitfall 3)', async () => {
    const { pid } = readyDaemon(await sync(world, 'now'));
    await world.shell(`kill -STOP ${pid}`);
    const busy = await sync(world, 'now');
    expect(busy.report.outcome).toMatchObject({ kind: 'degraded', reason: 'singleton_unresponsive' });
    expect(busy.ms).toBeLessThan(3000);
    await world.shell(`kill -CONT ${pid}`);
    expect(readyDaemon(await sync(world, 'now'))).toMatchObject({ how: 'reused', pid });
  });

  test('a recorded daemon that misses one probe is probed again and reused', async () => {
    const busy = await world.startDaemon({ port: 9405, version: '3.2.5', silentSeconds: 1 });
    world.recordSingleton(busy);
    expect(readyDaemon(await sync(world, 'now'))).toMatchObject({ how: 'reused', pid: busy.pid });
  });

  test.each([
    { what: 'without a reader', under: [], why: 'ENXIO' },
    { what: 'with a reader', under: READING_THE_LOG, why: 'it is not a regular file' },
  ])('a FIFO $what in place of the log does not block the command', async ({ under, why }) => {
    const log = `${world.root}/sync-daemon.log`;
    await world.shell(`mkdir -m 700 -p ${world.root}; mkfifo ${log}`);
    const { report } = await sync(world, 'now', { under });
    expect(report.outcome).toMatchObject({
      ...{ kind: 'degraded', reason: 'start_failed' },
      detail: expect.stringContaining(`${log} cannot be opened: ${why}`),
    });
  });

  test('a daemon inherits no descriptor of its starter: a lock of the shell is free after the shell exits (pitfall 35)', async () => {
    const { pid } = readyDaemon(await sync(world, 'start', { under: HOLDING_A_LOCK }));
    expect(isAlive(pid)).toBe(true);
    expect((await world.command(['flock', '-n', 'job.lock', 'true'])).code).toBe(0);
  });

  test('a recorded daemon with a contradictory self-report gets no request but the probe, and no token (pitfall 31)', async () => {
    const liar = await world.startDaemon({ port: 9405, version: '3.2.5', healthPatch: { token: 'another' } });
    world.recordSingleton(liar);
    const { report } = await sync(world, 'now');
    expect(report.outcome).toMatchObject({ kind: 'degraded', reason: 'singleton_unproven' });
    expect(liar.journal().requests.filter((request) => !request.startsWith('GET /api/health '))).toEqual([]);
    expect(liar.alive()).toBe(true);
    expect(await sockets()).toBe(1);
  });

  test('a stuck recorded daemon: the command continues, the next step names doctor, and a reset stops the daemon', async () => {
    const stuck = { port: 9405, version: '3.2.5', silentSeconds: Infinity, ignoresTerm: true };
    const { pid } = await world.startDaemon(stuck);
    world.writeStateFile(['http://127.0.0.1:9405', 9405, 'f'.repeat(32), pid]);
    await expectUnresponsive();
    const { report } = await doctor(world, ['--reset']);
    expect(report.swept).toMatchObject([{ pid, cleanup_path: 'kill' }]);
    expect(readyDaemon(await sync(world, 'now'))).toMatchObject({ how: 'started' });
    expect(await sockets()).toBe(1);
  }, 40_000);

  test('a recorded daemon stopped by SIGSTOP: the command continues, a reset leaves it alone, and the printed command resumes it', async () => {
    const { pid } = readyDaemon(await sync(world, 'now'));
    await world.shell(`kill -STOP ${pid}`);
    await expectUnresponsive();
    const { report } = await doctor(world, ['--reset']);
    expect(report.skipped).toMatchObject([{ pid, skip_reason: 'suspended' }]);
    await world.shell(report.candidates[0]?.remediation?.command ?? 'false');
    expect(readyDaemon(await sync(world, 'now'))).toMatchObject({ how: 'reused', pid });
    expect(await sockets()).toBe(1);
  }, 40_000);

  const expectUnresponsive = async (): Promise<void> => {
    const { code, stdout, stderr } = await world.run(['sync', 'now'], { env: HOSTED });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'no sync daemon (singleton_unresponsive)\n' });
    expect(stderr).toContain(`next step: ${INVOCATION} auth doctor`);
  };

  describe('all fifty ports are taken (pitfall 22)', () => {
    const every = Array.from({ length: 50 }, (_, index) => 9400 + index);

    test('by a third-party program: the error names doctor, and the exit code stays 0 (C-004, pitfall 22)', async () => {
      const thirdParty = await world.startSilent(every);
      const { code, stderr, ms } = await world.run(['sync', 'now'], { env: HOSTED });
      expect({ code, stderr }).toEqual({
        code: 0,
        stderr: `spec-kitty: all 50 sync ports are taken\nnext step: ${INVOCATION} auth doctor\n`,
      });
      // Third-party listeners are not probed, so fifty silent ones cost no time-out.
      expect(ms).toBeLessThan(3000);
      expect(thirdParty.alive()).toBe(true);
      expect((await world.run(['sync', 'start'], { env: HOSTED })).code).toBe(1);
    });

    test('on other addresses only: the daemon starts', async () => {
      const others = await world.startSilent(every, '127.0.0.2');
      expect(readyDaemon(await sync(world, 'now'))).toMatchObject({ how: 'started', port: 9400 });
      expect(others.alive()).toBe(true);
    });

    test('by orphans: they are cleaned, and the daemon starts', async () => {
      await Promise.all(every.slice(0, 10).map((port) => world.startDaemon({ port, version: '3.2.3' })));
      const thirdParty = await world.startSilent(every.slice(10));
      const { report } = await sync(world, 'now');
      expect(report.outcome).toMatchObject({ kind: 'ready', daemon: { how: 'started', port: 9400 } });
      expect('swept' in report.outcome && report.outcome.swept).toHaveLength(10);
      expect([thirdParty.alive(), await sockets()]).toEqual([true, 41]);
    }, 20_000);
  });

  test('a daemon that is recorded in another network namespace: nothing is done', async () => {
    const elsewhere = { under: ['unshare', '--net', '--'] };
    const there = readyDaemon(await sync(world, 'now'));
    const { report } = await sync(world, 'now', elsewhere);
    expect(report.outcome).toMatchObject({ kind: 'degraded', reason: 'recorded_elsewhere', swept: [] });
    expect((await doctor(world, [], elsewhere)).report.daemon).toMatchObject({ state: 'elsewhere' });
    expect(await sync(world, 'stop', elsewhere)).toMatchObject({
      code: 1,
      report: { daemon: { state: 'elsewhere' }, stopped: null, failed: null },
    });
    expect((await doctor(world, ['--reset'], elsewhere)).report.daemon).toMatchObject({ state: 'elsewhere' });
    expect(isAlive(there.pid)).toBe(true);
    expect(readyDaemon(await sync(world, 'now'))).toMatchObject({ how: 'reused', pid: there.pid });
  });

  test.each([
    ['garbage that may name a running daemon', 'garbage\n', true],
    ['the port of a third-party daemon', 'http://127.0.0.1:9420\n9420\nx\n', true],
    ['a port outside the range', 'http://127.0.0.1:9500\n9500\nx\n', false],
  ])('a state file with %s: nothing is started or touched (pitfall 30)', async (_what, text, withDaemon) => {
    const daemon = withDaemon ? await world.startDaemon({ port: 9420, version: '3.2.3' }) : null;
    world.writeStateFile(text);
    const { report } = await sync(world, 'now');
    expect(report.outcome).toMatchObject({ kind: 'degraded', reason: 'singleton_unknown', swept: [] });
    expect(await sockets()).toBe(withDaemon ? 1 : 0);
    expect(daemon?.journal().shutdownTokens ?? []).toEqual([]);
    expect(readFileSync(`${world.root}/sync-daemon`, 'utf8')).toBe(text);
  });

  test.each([
    ['garbage, without a running daemon', 'garbage\n'],
    ['a PID that another program has now', `http://127.0.0.1:9430\n9430\ntoken\n${process.pid}\n`],
    ['a daemon that has exited', 'http://127.0.0.1:9430\n9430\ntoken\n4194303\n'],
  ])('a state file with %s does not prevent a start', async (_what, text) => {
    world.writeStateFile(text);
    expect(readyDaemon(await sync(world, 'now'))).toMatchObject({ how: 'started' });
    expect((await doctor(world)).report.daemon).toMatchObject({ state: 'healthy' });
  });

  test('an invalid config.toml: the error has its place, and nothing is done', async () => {
    mkdirSync(world.root, { recursive: true });
    writeFileSync(`${world.root}/config.toml`, '[sync\n');
    const { report } = await sync(world, 'now');
    expect(report.outcome).toMatchObject({
      kind: 'degraded',
      reason: 'config_unreadable',
      detail: expect.stringContaining('config.toml:1:'),
      next_step: 'correct that place in config.toml',
    });
    expect(await sockets()).toBe(0);
  });

  test('a deleted working directory: the command runs without a checkout', async () => {
    const under = ['bash', '-c', 'mkdir gone && cd gone && rmdir ../gone && exec "$@"', 'bash'];
    expect(readyDaemon(await sync(world, 'now', { under }))).toMatchObject({ how: 'started' });
    expect((await sync(world, 'status', { under })).report.daemon).toMatchObject({ state: 'healthy' });
  });

  test('a root with spaces and a link to it are the same root', async () => {
    mkdirSync(`${world.folder}/a b`);
    symlinkSync(`${world.folder}/a b`, `${world.folder}/link`);
    const started = readyDaemon(
      await sync(world, 'now', { env: { SPEC_KITTY_HOME: `${world.folder}/link` } }),
    );
    const again = await sync(world, 'now', { env: { SPEC_KITTY_HOME: `${world.folder}/a b` } });
    expect(readyDaemon(again)).toMatchObject({ how: 'reused', pid: started.pid });
  });

  describeIf([isRoot], 'as another user', () => {
    test('a root of another user: nothing is created in it, not even by root', async () => {
      mkdirSync(world.root, { recursive: true });
      chownSync(world.root, OTHER_USER, OTHER_USER);
      const { report } = await sync(world, 'now');
      expect(report.outcome).toMatchObject({ kind: 'degraded', reason: 'root_unusable' });
      expect([readdirSync(world.root), await sockets()]).toEqual([[], 0]);
    });

    test('an unwritable root', async () => {
      mkdirSync(world.root, { recursive: true });
      chmodSync(world.root, 0o555);
      const { report } = await sync(world, 'now', { uid: OTHER_USER, env: { SPEC_KITTY_HOME: world.root } });
      expect(report.outcome).toMatchObject({ kind: 'degraded' });
      expect(await sockets()).toBe(0);
    });
  });
});

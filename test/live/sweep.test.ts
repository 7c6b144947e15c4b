import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { JournalLine } from '../../src/model/journal.js';
import { doctor } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

describeIf([hasNetworkNamespace, hasPython], 'a reset and concurrent programs', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(async () => {
    await world.close();
  });

  const journalFile = (): string => `${world.root}/sync/daemon/journal.jsonl`;
  const journal = (): readonly JournalLine[] =>
    readFileSync(journalFile(), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as JournalLine);

  /** Takes the start lock as a released CLI does, and holds it. @returns how many seconds it waited for the lock */
  const pythonTakesTheLock = async (keepSeconds: number): Promise<number> => {
    const script = [
      'import fcntl, sys, time',
      'lock = open(sys.argv[1], "w")',
      'start = time.monotonic()',
      'fcntl.flock(lock, fcntl.LOCK_EX)',
      'print(time.monotonic() - start)',
      'open(sys.argv[1] + ".taken", "w").close()',
      'time.sleep(float(sys.argv[2]))',
    ].join('\n');
    const lock = `${world.root}/sync-daemon.lock`;
    const { stdout, stderr } = await world.shell(`python3 -c '${script}' ${lock} ${keepSeconds}`);
    if (stderr !== '') throw new Error(stderr);
    return Number(stdout);
  };
  const until = async (isTrue: () => boolean): Promise<void> => {
    for (let waited = 0; !isTrue(); waited += 10) {
      if (waited > 5000) throw new Error('it never came to pass');
      await sleep(10);
    }
  };

  describe.each([{ withoutKoffi: false }, { withoutKoffi: true }])('%j', (options) => {
    test('while a daemon is being started, a reset waits 1 s and then fails without effect', async () => {
      const orphan = await world.startDaemon({ port: 9401, version: '3.2.3' });
      const python = pythonTakesTheLock(4);
      await until(() => existsSync(`${world.root}/sync-daemon.lock.taken`));
      const { code, stderr, ms } = await world.run(['auth', 'doctor', '--reset'], options);
      expect({ code, stderr }).toEqual({
        code: 2,
        stderr: expect.stringContaining('another process has held sync-daemon.lock for 1 s'),
      });
      expect(ms).toBeGreaterThan(1000);
      // It gave up before the lock was free.
      expect(ms).toBeLessThan(3500);
      expect([orphan.alive(), orphan.journal().shutdownTokens]).toEqual([true, []]);
      await python;
    });

    test('a reset of 2 s delays the start of a daemon by at most 1 s (pitfall 36)', async () => {
      const slow = await world.startDaemon({ port: 9401, version: '3.2.3', exitSeconds: 2 });
      const reset = doctor(world, ['--reset'], options);
      await until(() => existsSync(`${world.root}/sync-daemon.lock`));
      const waited = await pythonTakesTheLock(0);
      expect(slow.alive()).toBe(true);
      expect(waited).toBeLessThan(1.2);
      expect((await reset).report.swept).toMatchObject([{ pid: slow.pid }]);
    });
  });

  test('one of two concurrent resets does the work, and the other reports it', async () => {
    const daemons = await world.startIncident('slow');
    const runs = await Promise.all([1, 2].map(() => world.run(['auth', 'doctor', '--reset', '--json'])));
    const [done, refused] = runs.toSorted((one, other) => (one.code ?? 0) - (other.code ?? 0));
    expect(done?.code).toBe(0);
    expect((done?.json() as { swept: unknown[] }).swept).toHaveLength(18);
    expect(refused?.code).toBe(2);
    expect(refused?.stdout).toContain('another cleanup of this root is under way');
    for (const daemon of daemons) expect(daemon.journal().shutdownTokens).toEqual([daemon.token]);
    expect(journal().filter(({ event }) => event === 'intent')).toHaveLength(18);
    expect(journal().filter(({ event }) => event === 'outcome')).toHaveLength(18);
  });

  test('the reset after a killed reset finishes the work, and doctor shows the unfinished entries', async () => {
    const needsKill = { version: '3.2.3', refusesShutdown: true, ignoresTerm: true } as const;
    const daemons = [
      await world.startDaemon({ port: 9401, ...needsKill }),
      await world.startDaemon({ port: 9402, ...needsKill }),
    ];
    await world.run(['auth', 'doctor', '--reset'], { killedAfterMs: 1500 });
    expect(daemons.every((daemon) => daemon.alive())).toBe(true);
    expect(journal().map(({ event }) => event)).toEqual(['intent', 'intent']);
    // A killed process may leave an incomplete line.
    writeFileSync(journalFile(), '{"event": "outco', { flag: 'a' });
    const shown = await doctor(world);
    expect(shown.report.recent).toMatchObject([
      { port: 9402, result: null },
      { port: 9401, result: null },
    ]);
    const { report, code } = await doctor(world, ['--reset']);
    expect(report.swept?.map(({ cleanup_path: path }) => path)).toEqual(['kill', 'kill']);
    expect(code).toBe(0);
    const after = (await doctor(world)).report.recent.map(({ result }) => result);
    expect(after).toEqual(['kill', 'kill', null, null]);
  }, 40_000);

  test('a zombie counts as exited: with an init that never reaps, the request suffices and no SIGKILL is sent (pitfall 23)', async () => {
    const daemons = await Promise.all(
      [9401, 9402, 9403].map((port) =>
        world.startDaemon({ port, version: '3.2.4', launcher: 'never-reaps' }),
      ),
    );
    const { report, code, ms } = await doctor(world, ['--reset']);
    expect(code).toBe(0);
    expect(report.swept?.map(({ pid, cleanup_path: path }) => [pid, path])).toEqual(
      daemons.map(({ pid }) => [pid, 'http_shutdown']),
    );
    // Waiting until the PIDs disappear would take the whole deadline of the first step, 3 s.
    expect(ms).toBeLessThan(2500);
    for (const { pid } of daemons) expect(readFileSync(`/proc/${pid}/stat`, 'utf8')).toMatch(/\) Z /);
  });

  test('the journal records command, rule and evidence, and has a size limit', async () => {
    const orphan = await world.startDaemon({ port: 9401, version: '3.2.3' });
    await doctor(world, ['--reset']);
    expect(journal()).toMatchObject([
      {
        event: 'intent',
        asked_by: 'auth doctor --reset',
        rule: 'proven-orphan',
        cleanup_class: 'safe_auto',
        pid: orphan.pid,
        port: 9401,
        facts: { self_report: 'matches', recorded_singleton: 'no' },
      },
      { event: 'outcome', result: 'http_shutdown', pid: orphan.pid },
    ]);
    writeFileSync(journalFile(), `${JSON.stringify({ filler: 'x'.repeat(300_000) })}\n`, { flag: 'a' });
    await world.startDaemon({ port: 9402, version: '3.2.3' });
    await doctor(world, ['--reset']);
    expect(existsSync(`${journalFile()}.1`)).toBe(true);
    expect((await doctor(world)).report.recent.map(({ port }) => port)).toEqual([9402, 9401]);
  });

  test('nothing is done without a journal', async () => {
    const orphan = await world.startDaemon({ port: 9401, version: '3.2.3' });
    mkdirSync(journalFile(), { recursive: true });
    const { report, code } = await doctor(world, ['--reset']);
    const detail = expect.stringContaining('EISDIR');
    expect(report.failed).toMatchObject([{ pid: orphan.pid, failure_reason: 'journal_unwritable', detail }]);
    expect([code, orphan.alive(), orphan.journal().shutdownTokens]).toEqual([1, true, []]);
  });

  describeIf([isRoot], 'on an almost full disk', () => {
    test('nothing is done if the journal entry cannot be written completely', async () => {
      // The journal takes two pages of the file system, owner.json one, and no page is left.
      const mounts = `mount -t tmpfs -o size=12k,mode=700 none ${world.root}
        mkdir -p ${world.root}/sync/daemon && cp owner.json ${world.root}/sync/daemon
        head -c 8100 /dev/zero | tr '\\0' x > ${journalFile()} && echo >> ${journalFile()}`;
      mkdirSync(world.root, { recursive: true });
      const orphan = await world.startDaemon({ port: 9401, version: '3.2.3', mounts });
      const under = ['nsenter', `--mount=/proc/${orphan.pid}/ns/mnt`];
      const { report } = await doctor(world, ['--reset'], { under });
      expect(report.failed).toMatchObject([
        { failure_reason: 'journal_unwritable', detail: expect.stringContaining('ENOSPC') },
      ]);
      expect([orphan.alive(), orphan.journal().shutdownTokens]).toEqual([true, []]);
    });
  });

  test('a journal that cannot be rotated is continued, and the reset completes', async () => {
    await world.startDaemon({ port: 9401, version: '3.2.3' });
    mkdirSync(`${journalFile()}.1/in the way`, { recursive: true });
    writeFileSync(journalFile(), `${JSON.stringify({ filler: 'x'.repeat(300_000) })}\n`);
    const { report } = await doctor(world, ['--reset']);
    expect(report.swept).toMatchObject([{ port: 9401 }]);
    expect((await doctor(world)).report.recent).toMatchObject([{ port: 9401, result: 'http_shutdown' }]);
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import type { HistoryReport } from '../../src/cli/history.js';
import { doctor } from '../support/doctor.js';
import { reportReader } from '../support/expect-report.js';
import type { RunOptions } from '../support/product.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { readyDaemon, sync } from '../support/sync.js';
import { until } from '../support/until.js';
import { createWorld, type World } from '../support/world.js';

const reportOf = reportReader('history-report');

async function historyOf(world: World, options: RunOptions = {}): Promise<HistoryReport> {
  const outcome = await world.run(['history', '--json'], options);
  expect(outcome.code).toBe(0);
  return reportOf(outcome) as HistoryReport;
}

/** Fields of every act that no test is about. */
const ACT = { event: 'intent', asked_by: 'auth doctor --reset', pid: 4711, start_ticks: 1, port: 9401 };

describeIf([hasNetworkNamespace, hasPython], '`history`', () => {
  let world: World;
  let journal: string;
  beforeEach(async () => {
    world = await createWorld();
    journal = `${world.root}/sync/daemon/journal.jsonl`;
    mkdirSync(`${world.root}/sync/daemon`, { recursive: true });
  });
  afterEach(() => world.close());

  const write = (...lines: readonly object[]): void => {
    writeFileSync(journal, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  };

  test('shows when which command did what to which daemon, and why', async () => {
    const orphan = await world.startDaemon({ port: 9401, version: '3.2.3' });
    const old = await world.startDaemon({ port: 9402, version: '3.1.4' });
    await doctor(world, ['--reset']);
    const ours = readyDaemon(await sync(world, 'start'));
    await sync(world, 'stop');
    const { acts, unreadable } = await historyOf(world);
    expect(unreadable).toEqual([]);
    expect(acts.map(({ event, asked_by: by, pid }) => [event, by, pid])).toEqual(
      expect.arrayContaining([
        ['intent', 'auth doctor --reset', orphan.pid],
        ['intent', 'auth doctor --reset', old.pid],
        ['intent', 'sync stop', ours.pid],
        ['retirement', 'itself', ours.pid],
      ]),
    );
    expect(acts.find(({ pid }) => pid === orphan.pid)).toMatchObject({
      port: 9401,
      result: 'http_shutdown',
      cleanup_class: 'safe_auto',
      reason: null,
    });
    expect(acts.map(({ at }) => at)).toEqual(
      acts
        .map(({ at }) => at)
        .toSorted()
        .toReversed(),
    );
    const { code, stdout, stderr } = await world.run(['history']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`Journal: ${journal}\n`);
    expect(stdout).toMatch(
      new RegExp(
        `9401 +${orphan.pid} +retired when asked: orphan, no longer in use \\(auth doctor --reset\\)`,
      ),
    );
    expect(stdout).toMatch(new RegExp(`9402 +${old.pid} +\\w.*: release 3\\.1\\.x or older, names no root`));
    // The command and the daemon write the same retirement down.
    expect(stdout.match(new RegExp(`${ours.port} +${ours.pid} +.*`, 'g'))).toEqual([
      expect.stringMatching(/ retired when asked: live daemon \(sync stop\)$/),
    ]);
  });

  test('of a daemon that was ended by hand says what it was asked by', async () => {
    const ours = readyDaemon(await sync(world, 'start'));
    await world.shell(`kill ${ours.pid}`);
    await until(async () => (await historyOf(world)).acts.length === 1);
    expect((await world.run(['history'])).stdout).toMatch(
      / retired: asked to stop: .*SIGTERM.* \(itself\)\n$/,
    );
  });

  test('has local times for people, and UTC in JSON', async () => {
    write({ ...ACT, act: 'a', at: '2026-07-01T22:30:05.000Z' });
    const env = { TZ: 'Asia/Kathmandu' };
    expect((await world.run(['history'], { env })).stdout).toContain('2026-07-02 04:15:05  9401');
    expect((await historyOf(world, { env })).acts).toMatchObject([{ at: '2026-07-01T22:30:05.000Z' }]);
  });

  test('without a journal, or an empty one: nothing was done yet', async () => {
    for (const prepare of [':', `touch ${journal}`, `rm -r ${world.root}`]) {
      await world.shell(prepare);
      const { code, stdout, stderr } = await world.run(['history']);
      expect({ code, stdout, stderr }).toEqual({
        code: 0,
        stdout: `Nothing was done yet.\nJournal: ${journal}\n`,
        stderr: '',
      });
      expect((await historyOf(world)).acts).toEqual([]);
    }
  });

  test('leaves out a torn last line, and shows an act that was begun and never finished', async () => {
    write({ ...ACT, act: 'a', at: '2026-07-01T00:00:00.000Z' });
    appendFileSync(journal, '{"act":"a","event":"outcome","resu');
    const { code, stdout, stderr } = await world.run(['history']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('begun, and never finished');
    expect((await historyOf(world)).acts).toMatchObject([{ pid: 4711, result: null }]);
  });

  test('reads a rotated journal too, and shows a thousand acts at most, newest first', async () => {
    const acts = Array.from({ length: 1500 }, (_, index) => ({
      ...{ ...ACT, act: String(index), port: 9400 + (index % 50) },
      at: new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString(),
    }));
    write(...acts.slice(0, 900));
    await world.shell(`mv ${journal} ${journal}.1`);
    write(...acts.slice(900));
    const report = await historyOf(world);
    expect(report.acts).toHaveLength(1000);
    expect([report.acts[0]?.at, report.acts.at(-1)?.at]).toEqual([acts.at(-1)?.at, acts[500]?.at]);
  });

  test('escapes what a journal contains for a terminal (pitfall 33)', async () => {
    const evil = '\u001b[2J\u202etxt';
    const at = '2026-07-01T00:00:00.000Z';
    write(
      { ...ACT, act: 'a', at, asked_by: evil, skip_reason: evil },
      { ...ACT, act: 'a', at, event: 'outcome', result: `failed: ${evil}`, detail: evil },
    );
    const terminal = world.openTerminal(['history']);
    expect(await terminal.ended).toBe(0);
    expect(terminal.text()).toContain('\\u{1b}[2J\\u{202e}txt');
    for (const unsafe of ['\u001b', '\u202e']) expect(terminal.text()).not.toContain(unsafe);
    expect((await historyOf(world)).acts).toMatchObject([{ asked_by: evil, reason: evil, detail: evil }]);
  });

  test.each([
    ['a folder', (path: string) => `mkdir ${path}`, 'not a regular file'],
    ['a FIFO', (path: string) => `mkfifo ${path}`, 'not a regular file'],
    ['longer than a journal gets', (path: string) => `truncate -s 2M ${path}`, 'longer than 1048576 bytes'],
  ])('%s in its place: exit code 2, what can be read, and the next step', async (_what, make, why) => {
    write({ ...ACT, act: 'a', at: '2026-07-01T00:00:00.000Z' });
    await world.shell(`mv ${journal} ${journal}.1; ${make(journal)}`);
    const { code, stdout, stderr } = await world.run(['history']);
    expect(code).toBe(2);
    expect(stdout).toContain('9401');
    expect(stderr).toMatch(
      new RegExp(`^spec-kitty: cannot read ${journal}: ${why}\nnext step: .+\n(?: {4}# .+\n)?$`),
    );
    const json = await world.run(['history', '--json']);
    expect({ code: json.code, report: reportOf(json) }).toMatchObject({
      code: 2,
      report: { acts: [{ port: 9401 }], unreadable: [{ path: journal, why }] },
    });
  });
});

describeIf([hasNetworkNamespace, hasPython], '`sync logs`', () => {
  let world: World;
  let log: string;
  beforeEach(async () => {
    world = await createWorld();
    log = `${world.root}/sync-daemon.log`;
    mkdirSync(world.root, { recursive: true });
  });
  afterEach(() => world.close());

  const linesOf = async (): Promise<readonly string[]> => (await sync(world, 'logs')).report.lines;

  test('shows what our daemon logged, and where the log is', async () => {
    const { pid, port } = readyDaemon(await sync(world, 'start'));
    const { code, stdout, stderr } = await world.run(['sync', 'logs']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.split('\n')[0]).toBe(`Log: ${log}`);
    expect(stdout).toMatch(new RegExp(`sync-daemon\\[${pid}\\] .* listens on 127\\.0\\.0\\.1:${port}\n`));
    expect((await sync(world, 'logs')).report.path).toBe(log);
  });

  test('without a log: nothing was logged yet', async () => {
    const { code, stdout } = await world.run(['sync', 'logs']);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `Nothing was logged yet: ${log}\n` });
    expect(await linesOf()).toEqual([]);
  });

  test('shows the last 40 lines of a log of any size, also of one that grew to a gigabyte', async () => {
    const numbers = Array.from({ length: 100 }, (_, index) => `line ${index}`);
    await world.shell(`truncate -s 1G ${log}`);
    appendFileSync(log, `\n${numbers.join('\n')}\n`);
    expect(await linesOf()).toEqual(numbers.slice(-40));
  });

  test('shows a last line without its end, and the older file just after a rotation', async () => {
    writeFileSync(`${log}.1`, 'one\ntwo\n');
    writeFileSync(log, 'three');
    expect(await linesOf()).toEqual(['one', 'two', 'three']);
  });

  test('escapes what a log contains for a terminal (pitfall 33)', async () => {
    writeFileSync(log, '\u001b]0;evil\u0007\u202etxt\n');
    const terminal = world.openTerminal(['sync', 'logs']);
    expect(await terminal.ended).toBe(0);
    expect(terminal.text()).toContain('\\u{1b}]0;evil\\u{7}\\u{202e}txt');
    for (const unsafe of ['\u001b', '\u0007', '\u202e']) expect(terminal.text()).not.toContain(unsafe);
    expect(await linesOf()).toEqual(['\u001b]0;evil\u0007\u202etxt']);
  });

  test('a FIFO in its place: exit code 2, and it does not wait', async () => {
    await world.shell(`mkfifo ${log}`);
    const { code, stdout, stderr } = await world.run(['sync', 'logs']);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /^spec-kitty: cannot read .*sync-daemon\.log: not a regular file\nnext step: .+\n {4}# .+\n$/,
    );
  });

  test('a log that may not be read is named with the command that helps', async () => {
    writeFileSync(log, 'text\n');
    chmodSync(log, 0);
    const { code, stderr } = await world.run(['sync', 'logs'], { under: UNPRIVILEGED });
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/EACCES\nnext step: chmod .+/),
    });
  });
});

/** Root reads every file unless it gives up its capabilities. */
const UNPRIVILEGED = ['setpriv', '--bounding-set=-all', '--inh-caps=-all'];

describeIf([hasNetworkNamespace, hasPython], '`auth doctor --quiet`', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.close());

  const quiet = async (...words: readonly string[]) => {
    const { code, stdout, stderr } = await world.run(['auth', 'doctor', '--quiet', ...words]);
    return { code, stdout, stderr };
  };

  test('prints nothing, and its exit code is that of the report', async () => {
    expect(await quiet()).toEqual({ code: 0, stdout: '', stderr: '' });
    await world.startDaemon({ port: 9401, version: '3.2.3' });
    expect(await quiet()).toEqual({ code: 1, stdout: '', stderr: '' });
    expect((await doctor(world)).code).toBe(1);
  });

  test('prints nothing on a terminal, also while it waits for a silent listener', async () => {
    await world.startSilent([9430]);
    const terminal = world.openTerminal(['auth', 'doctor', '--quiet']);
    expect(await terminal.ended).toBe(1);
    expect(terminal.text()).toBe('');
  });

  test('a job that could not be done says why on stderr', async () => {
    const { code, stdout, stderr } = await quiet('--policy', 'none.yaml');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('none.yaml');
  });

  describe.each(['--json', '--reset', '--explain', '--out=x', '--format=text'])('with %s', (option) => {
    test('is refused with exit code 2, and nothing is done', async () => {
      const { code } = await quiet(option);
      expect(code).toBe(2);
      expect((await doctor(world)).report.summary.safe_auto).toBe(1);
    });
  });
});

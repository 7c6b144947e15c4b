import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { DoctorReport } from '../../src/report/report.js';
import { doctor } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython, python } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

const RESET = ['auth', 'doctor', '--reset'];
const CTRL_C = '\x03';
const NOTHING_SENT = { shutdownTokens: [], leaving: [] };

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

/** Runs a command with a small non-blocking pipe, interrupts it, and reads its output only later. */
const SLOW_READER = `
import fcntl, os, subprocess, sys, time
reader, writer = os.pipe()
fcntl.fcntl(writer, 1031, 4096)  # F_SETPIPE_SZ
os.set_blocking(writer, False)
child = subprocess.Popen(sys.argv[1:], stdout=writer)
os.close(writer)
time.sleep(1.5)
child.send_signal(2)
time.sleep(1.5)
while piece := os.read(reader, 65536):
    os.write(1, piece)
sys.exit(child.wait())
`;

/** Runs an interrupted reset with --json: SIGINT comes after this time. */
function interruptedAfter(seconds: number) {
  const under = ['timeout', '--preserve-status', '--signal=INT', String(seconds)];
  return doctor(world, ['--reset'], { under });
}

describeIf([hasNetworkNamespace, hasPython], 'Ctrl-C during a reset', () => {
  test('before anything was sent leaves the daemon alone at once, releases the locks and exits with 130', async () => {
    const stuck = await world.startDaemon({ port: 9400, version: '3.2.4', silentSeconds: Infinity });
    world.recordSingleton(stuck);
    const orphan = await world.startDaemon({ port: 9401, version: '3.2.3' });
    const terminal = world.openTerminal([...RESET, '--yes']);
    await terminal.shows('asking 9400 once more, up to 10 s');
    const pressedAt = performance.now();
    terminal.type(CTRL_C);
    expect(await terminal.ended).toBe(130);
    expect(performance.now() - pressedAt).toBeLessThan(3000);
    expect({ stuck: stuck.alive(), orphan: orphan.alive() }).toEqual({ stuck: true, orphan: false });
    expect(stuck.journal()).toMatchObject(NOTHING_SENT);
    const text = terminal.text();
    expect(text).toContain('interrupted by Ctrl-C: 1 daemon retired, 1 left');
    expect(text).toContain('Retired 1, left alone 1, failed 0.');
    expect(text).toMatch(/9400 +PID \d+ +left alone +you pressed Ctrl-C/);
    // A reset that finds a lock taken exits with 2.
    const { code } = await world.run([...RESET, '--only', 'safe_auto']);
    expect(code).toBe(1);
  }, 40_000);

  test('after a signal was sent reports it as sent, and sends no other one', async () => {
    const stubborn = await world.startDaemon({
      port: 9401,
      version: '3.2.3',
      refusesShutdown: true,
      ignoresTerm: true,
    });
    const terminal = world.openTerminal(RESET);
    await terminal.shows('waiting for 9401 to end after SIGTERM, up to 3 s');
    terminal.type(CTRL_C);
    await terminal.shows('interrupted, nothing more is sent');
    expect(await terminal.ended).toBe(130);
    expect(stubborn.alive()).toBe(true);
    expect(terminal.text()).toContain(
      'you pressed Ctrl-C: you interrupted the reset after SIGTERM was sent, and it had not ended yet',
    );
  }, 40_000);

  test('a second time does not wait any longer for what was sent', async () => {
    await world.startDaemon({ port: 9401, version: '3.2.3', exitSeconds: 60 });
    const terminal = world.openTerminal(RESET);
    await terminal.shows('waiting for 9401 to end after the shutdown request, up to 3 s');
    const pressedAt = performance.now();
    terminal.type(CTRL_C);
    await terminal.shows('interrupted, nothing more is sent');
    // Two within half a second count as one, because npm passes on what the terminal sends to both.
    await new Promise((resolve) => setTimeout(resolve, 700));
    terminal.type(CTRL_C);
    expect(await terminal.ended).toBe(130);
    expect(performance.now() - pressedAt).toBeLessThan(2500);
    expect(terminal.text()).toContain('after the shutdown request was sent, and it had not ended yet');
  }, 40_000);

  test('a slow reader of a full pipe gets the whole report', async () => {
    await world.startDaemon({ port: 9401, version: '3.2.3', exitSeconds: 60 });
    for (let port = 9402; port < 9420; port++) await world.startSilent([port]);
    const { stdout, code } = await world.run([...RESET, '--json'], { under: [python, '-c', SLOW_READER] });
    expect({ code, failed: (JSON.parse(stdout) as DoctorReport).failed }).toMatchObject({
      code: 130,
      failed: [{ port: 9401 }],
    });
  }, 40_000);

  test('at the question does nothing at all', async () => {
    const orphan = await world.startDaemon({ port: 9401, version: '3.2.3' });
    const preMarker = await world.startDaemon({ port: 9402, version: '3.1.4' });
    const terminal = world.openTerminal(RESET);
    await terminal.shows('Ctrl-C = none]');
    terminal.type(CTRL_C);
    expect(await terminal.ended).toBe(130);
    expect(terminal.text()).toContain('interrupted: nothing was done');
    expect([orphan.journal(), preMarker.journal()]).toMatchObject([NOTHING_SENT, NOTHING_SENT]);
  });

  test('watches what was sent: a daemon that ends meanwhile is retired, and JSON says what was left', async () => {
    const slow = await world.startDaemon({ port: 9401, version: '3.2.3', exitSeconds: 2.5 });
    const stuck = await world.startDaemon({ port: 9400, version: '3.2.4', silentSeconds: Infinity });
    world.recordSingleton(stuck);
    const { code, report } = await interruptedAfter(2);
    expect(code).toBe(130);
    expect(report.swept).toMatchObject([{ pid: slow.pid, cleanup_path: 'http_shutdown' }]);
    expect(report.skipped).toMatchObject([{ pid: stuck.pid, skip_reason: 'interrupted' }]);
    expect(report.failed).toEqual([]);
    expect(report.findings).toContainEqual(
      expect.objectContaining({ id: 'interrupted', severity: 'attention' }),
    );
    expect({ slow: slow.alive(), stuck: stuck.alive() }).toEqual({ slow: false, stuck: true });
    // The journal has an outcome for each intent, so nothing looks unfinished.
    const { recent } = (await doctor(world)).report;
    expect(recent.map(({ port, result }) => `${port} ${String(result)}`).sort()).toEqual([
      '9400 skipped: interrupted',
      '9401 http_shutdown',
    ]);
  }, 40_000);
});

describeIf([hasNetworkNamespace, hasPython], 'on a terminal, no command is silent for long', () => {
  test.each([
    ['a reset that asks a silent daemon', [...RESET, '--yes'], 'asking 9400 once more, up to 10 s'],
    ['a stop', ['sync', 'stop'], 'waiting for the daemon to answer, up to 3 s'],
    ['a look', ['auth', 'doctor'], 'looking at ports 9400-9449: each has up to 0.5 s to answer'],
  ])(
    '%s says what it waits for',
    async (_name, words, wait) => {
      const silent = await world.startDaemon({ port: 9400, version: '3.2.4', silentSeconds: Infinity });
      world.recordSingleton(silent);
      const from = performance.now();
      const terminal = world.openTerminal(words);
      await terminal.shows(wait);
      // The line itself comes after 0.4 s of waiting; the rest is for the start of Node on a busy machine.
      expect((terminal.chunks[0]?.at ?? Infinity) - from).toBeLessThan(2500);
      await terminal.ended;
      expect(terminal.text()).toContain('\r\u001b[K');
    },
    40_000,
  );

  test('equal waits are one, and the line is gone before the report', async () => {
    for (const port of [9401, 9402, 9404])
      await world.startDaemon({ port, version: '3.2.3', exitSeconds: 1.5 });
    const terminal = world.openTerminal(RESET);
    await terminal.shows('waiting for 9401-9402, 9404 to end after the shutdown request, up to 3 s');
    expect(await terminal.ended).toBe(0);
    const lastLine = terminal.text().lastIndexOf('\u001b[K');
    expect(terminal.text().indexOf('Retired 3')).toBeGreaterThan(lastLine);
  }, 40_000);

  test('without a terminal nothing of it is written', async () => {
    const silent = await world.startDaemon({ port: 9400, version: '3.2.4', silentSeconds: Infinity });
    world.recordSingleton(silent);
    const { stderr } = await world.run(['sync', 'stop']);
    expect(stderr).toBe('');
  }, 40_000);
});

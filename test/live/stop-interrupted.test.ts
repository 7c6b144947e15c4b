import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { recordDashboard } from '../support/dashboards.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import type { OnTerminal } from '../support/terminal.js';
import { createWorld, type World } from '../support/world.js';

const STOP = ['sync', 'stop'];
const CTRL_C = '\x03';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

/** Interrupts a stop that waits for a silent daemon to answer, and expects that it ends at once. */
async function expectNothingDone(terminal: OnTerminal): Promise<void> {
  await terminal.shows('waiting for the daemon to answer, up to 3 s');
  const pressedAt = performance.now();
  terminal.type(CTRL_C);
  expect(await terminal.ended).toBe(130);
  expect(performance.now() - pressedAt).toBeLessThan(2000);
  expect(terminal.text()).toContain('interrupted: nothing was done');
}

/** SIGINT comes after this time. */
const interruptedAfter = (seconds: number) => ({
  under: ['timeout', '--preserve-status', '--signal=INT', String(seconds)],
});

describeIf([hasNetworkNamespace, hasPython], 'Ctrl-C during a stop', () => {
  test('before anything was sent leaves the daemon alone at once, and exits with 130', async () => {
    const silent = await world.startDaemon({ port: 9400, version: '3.2.4', silentSeconds: Infinity });
    world.recordSingleton(silent);
    await expectNothingDone(world.openTerminal(STOP));
    expect(silent.alive()).toBe(true);
    expect(silent.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
  }, 40_000);

  test('after the request was sent reports it as sent, and sends no signal', async () => {
    const slow = await world.startDaemon({ port: 9400, version: '3.2.4', exitSeconds: 60 });
    world.recordSingleton(slow);
    const terminal = world.openTerminal(STOP);
    await terminal.shows('waiting for 9400 to end after the shutdown request, up to 3 s');
    terminal.type(CTRL_C);
    await terminal.shows('interrupted, nothing more is sent');
    expect(await terminal.ended).toBe(130);
    expect(terminal.text()).toContain(
      'the sync daemon on port 9400 is still there: you pressed Ctrl-C ' +
        '(you interrupted the stop after the shutdown request was sent, and it had not ended yet)',
    );
    expect(slow.alive()).toBe(true);
  }, 40_000);

  test('watches what was sent: a daemon that ends meanwhile has stopped, and JSON says so', async () => {
    const slow = await world.startDaemon({ port: 9400, version: '3.2.4', exitSeconds: 2.5 });
    world.recordSingleton(slow);
    const { code, json } = await world.run([...STOP, '--json'], interruptedAfter(1.5));
    expect(code).toBe(130);
    expect(json()).toMatchObject({ stopped: { pid: slow.pid }, failed: null, interrupted: true });
    expect(slow.alive()).toBe(false);
  }, 40_000);

  test('of the dashboards of a project reports each, and exits with 130', async () => {
    const slow = await world.startDashboard({ port: 9237, project: world.project, exitSeconds: 60 });
    recordDashboard(slow);
    const terminal = world.openTerminal(['dashboard', '--stop'], world.project);
    await terminal.shows('waiting for 9237 to end after the shutdown request, up to 3 s');
    terminal.type(CTRL_C);
    await terminal.shows('interrupted, nothing more is sent');
    expect(await terminal.ended).toBe(130);
    expect(terminal.text()).toContain(
      'the dashboard on port 9237 is still there: you pressed Ctrl-C ' +
        '(you interrupted the stop after the shutdown request was sent, and it had not ended yet)',
    );
    expect(slow.alive()).toBe(true);
  }, 40_000);

  test('leaves a silent dashboard alone at once', async () => {
    const silent = await world.startDashboard({
      port: 9237,
      project: world.project,
      silentSeconds: Infinity,
    });
    recordDashboard(silent);
    await expectNothingDone(world.openTerminal(['dashboard', '--stop'], world.project));
    expect(silent.alive()).toBe(true);
  }, 40_000);
});

test('without Ctrl-C a stop is not called interrupted', async () => {
  const { code, json } = await world.run([...STOP, '--json']);
  expect({ code, report: json() }).toMatchObject({ code: 0, report: { interrupted: false } });
});

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import type { Daemon } from '../support/daemons.js';
import { doctor } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

const QUESTION = 'Ctrl-C = none]';
const RESET = ['auth', 'doctor', '--reset'];

describeIf([hasNetworkNamespace, hasPython], 'a bare --reset on a terminal', () => {
  let world: World;
  let orphan: Daemon;
  let preMarkers: readonly Daemon[];
  let elsewhere: Daemon;
  let deleted: Daemon;
  const alive = (): readonly number[] =>
    [orphan, ...preMarkers, elsewhere, deleted].filter((one) => one.alive()).map(({ port }) => port);
  const otherRoot = (): string => `${world.folder}/other/.spec-kitty`;

  beforeEach(async () => {
    world = await createWorld();
    orphan = await world.startDaemon({ port: 9401, version: '3.2.3' });
    preMarkers = await Promise.all(
      [9402, 9403, 9404].map((port) => world.startDaemon({ port, version: '3.1.4' })),
    );
    mkdirSync(otherRoot(), { recursive: true });
    elsewhere = await world.startDaemon({ port: 9405, version: '3.2.4', root: otherRoot() });
    const gone = `${world.folder}/gone/.spec-kitty`;
    deleted = await world.startDaemon({ port: 9406, version: '3.2.4', root: gone });
    rmSync(`${world.folder}/gone`, { recursive: true });
  });
  afterEach(() => world.close());

  test('lists what is not a proven orphan, one line for equal ones, and asks', async () => {
    const terminal = world.openTerminal(RESET);
    await terminal.shows(QUESTION);
    const lines = terminal
      .text()
      .split('\r\n')
      .map((line) => line.trim().replaceAll(/ {2,}/g, '  '));
    expect(lines.slice(-6)).toEqual([
      '1 proven orphan will be retired, by both answers (9401).',
      'These daemons are not proven to be orphans, so you decide:',
      '9402-9404  each too old to say which folder it serves',
      `9405  serves ${otherRoot()}, which exists`,
      `9406  serves another folder, ${world.folder}/gone/.spec-kitty, which was deleted`,
      'Retire them too? [y = all 6, N = only the orphan, Ctrl-C = none]',
    ]);
    expect(alive()).toEqual([9401, 9402, 9403, 9404, 9405, 9406]);
    terminal.type('\r');
    await terminal.ended;
  });

  test.each([
    ['Enter', '\r'],
    ['n', 'n\r'],
    ['No', 'No\r'],
    ['the end of the input', '\x04'],
  ])('goes on with the proven orphans only after %s', async (_name, keys) => {
    const terminal = world.openTerminal(RESET);
    await terminal.shows(QUESTION);
    terminal.type(keys);
    expect(await terminal.ended).toBe(1);
    expect(terminal.text()).toContain('Retired 1, left alone 5, failed 0.');
    expect(alive()).toEqual([9402, 9403, 9404, 9405, 9406]);
    for (const spared of [...preMarkers, elsewhere, deleted])
      expect(spared.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
  });

  test('asks again after another word, and does nothing until it is answered', async () => {
    const terminal = world.openTerminal(RESET);
    await terminal.shows(QUESTION);
    terminal.type('sure\r');
    await terminal.shows('Type y or n. Retire them too? [y = all 6, N = only the orphan, Ctrl-C = none]');
    expect(alive()).toEqual([9401, 9402, 9403, 9404, 9405, 9406]);
    terminal.type('n\r');
    expect(await terminal.ended).toBe(1);
    expect(alive()).toEqual([9402, 9403, 9404, 9405, 9406]);
  });

  test('says that no proven orphan is there, and that N retires none', async () => {
    for (const one of [orphan, ...preMarkers, elsewhere]) {
      one.signal('SIGKILL');
      await one.exited;
    }
    const terminal = world.openTerminal(RESET);
    await terminal.shows('There are no proven orphans.');
    await terminal.shows('Retire it? [y = retire it, N or Ctrl-C = none]');
    terminal.type('\r');
    expect(await terminal.ended).toBe(1);
    expect(alive()).toEqual([9406]);
  });

  test.each(['y\r', 'Yes\r'])('ends all of them after %j', async (keys) => {
    const terminal = world.openTerminal(RESET);
    await terminal.shows(QUESTION);
    terminal.type(keys);
    expect(await terminal.ended).toBe(0);
    expect(terminal.text()).toContain('Retired 6, left alone 0, failed 0.');
    expect(alive()).toEqual([]);
  });

  test('holds no lock while it asks', async () => {
    const terminal = world.openTerminal(RESET);
    await terminal.shows(QUESTION);
    const { code } = await doctor(world, ['--reset', '9401']);
    expect({ code, alive: alive() }).toEqual({ code: 1, alive: [9402, 9403, 9404, 9405, 9406] });
    terminal.type('n\r');
    expect(await terminal.ended).toBe(1);
  });

  test('acts after yes only on the processes that were listed: a later one on the port is left alone', async () => {
    const terminal = world.openTerminal(RESET);
    await terminal.shows(QUESTION);
    elsewhere.signal('SIGKILL');
    await elsewhere.exited;
    const later = await world.startDaemon({ port: 9405, version: '3.2.4', root: otherRoot() });
    const further = await world.startDaemon({ port: 9407, version: '3.1.4' });
    terminal.type('y\r');
    expect(await terminal.ended).toBe(1);
    expect(terminal.text()).toContain('Retired 5, left alone 2, failed 0.');
    expect([later.alive(), further.alive()]).toEqual([true, true]);
    expect(later.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
  });

  test('leaves alone after yes what has become a live daemon meanwhile', async () => {
    const terminal = world.openTerminal(RESET);
    await terminal.shows(QUESTION);
    // It becomes the live daemon of its root while the user reads.
    world.recordSingleton(elsewhere);
    terminal.type('y\r');
    expect(await terminal.ended).toBe(0);
    expect(alive()).toEqual([9405]);
  });

  test.each([[['--yes']], [['--json']], [['--only', 'operator_required']], [['9402']], [['--dry-run']]])(
    'asks nothing with %j',
    async (words) => {
      const terminal = world.openTerminal([...RESET, ...words]);
      await terminal.ended;
      expect(terminal.text()).not.toContain(QUESTION);
    },
  );

  test('--yes acts on everything that a reset may act on (FR-009)', async () => {
    const terminal = world.openTerminal([...RESET, '--yes']);
    expect(await terminal.ended).toBe(0);
    expect(alive()).toEqual([]);
  });

  test('asks nothing if only proven orphans are there', async () => {
    for (const one of [...preMarkers, elsewhere, deleted]) {
      one.signal('SIGKILL');
      await one.exited;
    }
    const terminal = world.openTerminal(RESET);
    expect(await terminal.ended).toBe(0);
    expect(terminal.text()).not.toContain(QUESTION);
    expect(alive()).toEqual([]);
  });

  test('asks nothing without a terminal, and acts on all of them (FR-009, SC-005)', async () => {
    const { stdout, stderr, code } = await world.run(RESET, { stdin: 'n\n' });
    expect({ code, stderr, alive: alive() }).toEqual({ code: 0, stderr: '', alive: [] });
    expect(stdout).toContain('Retired 6, left alone 0, failed 0.');
    expect(existsSync(`${world.root}/sync/daemon/journal.jsonl`)).toBe(true);
  });
});

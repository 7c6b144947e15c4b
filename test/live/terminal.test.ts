import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import type { Finished } from '../support/command.js';
import { describeIf, hasNetworkNamespace, hasPython, python } from '../support/requires.js';
import { AS_USER } from '../support/terminal.js';
import { createWorld, type World } from '../support/world.js';

const TERMINAL = fileURLToPath(new URL('../fixtures/python/terminal.py', import.meta.url));
const BIN = fileURLToPath(new URL('../../dist/bin.cjs', import.meta.url));
const INDEX = fileURLToPath(new URL('../../dist/index.cjs', import.meta.url));
const COLOUR = '\u001b[3';

describeIf([hasNetworkNamespace, hasPython], 'on a terminal', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    await world.startDaemon({ port: 9401, version: '3.2.3' });
    await world.startPlainHttp(9420);
  });
  afterAll(() => world.close());

  test('findings that need attention have a colour', async () => {
    const { code, stdout } = await on(80, ['auth', 'doctor']);
    expect(code).toBe(1);
    expect(stdout).toContain(COLOUR);
  });

  test.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('with %j there is no colour', async (env) => {
    const { stdout } = await on(80, ['auth', 'doctor'], { ...AS_USER, ...env });
    expect(stdout).toContain('orphan, no longer in use');
    expect(stdout).not.toContain('\u001b');
  });

  test('output to a pipe has no colour', async () => {
    const { stdout } = await world.command([process.execPath, BIN, 'auth', 'doctor'], AS_USER);
    expect(stdout).toContain('orphan, no longer in use');
    expect(stdout).not.toContain('\u001b');
  });

  test('help is wrapped to the width of the terminal', async () => {
    const { code, stdout } = await on(60, ['auth', 'doctor', '--help']);
    expect(code).toBe(0);
    const options = stdout.slice(stdout.indexOf('Options:'), stdout.indexOf('Examples:'));
    expect(Math.max(...linesOf(options).map((line) => line.length))).toBeLessThanOrEqual(60);
  });

  test('a reset shows its progress on a line that it clears', async () => {
    const { code, stdout } = await on(80, ['auth', 'doctor', '--reset', '--only', 'safe_auto']);
    expect(code).toBe(0);
    expect(stdout).toContain('\r\u001b[K');
    expect(stdout).toContain('retired when asked');
  });

  test('a start says that it waits for another one; a program that uses the module says nothing', async () => {
    const held = `mkdir -p ${world.root} && flock ${world.root}/sync-daemon.lock sleep 2.5`;
    const wait = 'taking sync-daemon.lock, which every start of a daemon takes, up to 10 s';
    const hosted = { ...AS_USER, SPEC_KITTY_ENABLE_SAAS_SYNC: '1' };
    const later = ['sh', '-c', 'sleep 0.3; exec "$@"', 'sh', python, TERMINAL, '120', process.execPath];
    const [command] = await Promise.all([
      world.command([...later, BIN, 'sync', 'start'], hosted),
      world.shell(held),
    ]);
    expect(command.stdout).toContain(wait);
    expect(command.stdout).toContain('sync daemon started');
    await world.run(['sync', 'stop']);

    const script = `require('${INDEX}').ensureSyncDaemon({ intent: 'remote_required' }).then((o) => console.log(o.kind))`;
    const [module] = await Promise.all([world.command([...later, '-e', script], hosted), world.shell(held)]);
    expect(module.stdout).toBe('ready\r\n');
    await world.run(['sync', 'stop']);
  });

  function on(
    columns: number,
    words: readonly string[],
    env: Record<string, string> = AS_USER,
  ): Promise<Finished> {
    return world.command([python, TERMINAL, String(columns), process.execPath, BIN, ...words], env);
  }
});

function linesOf(text: string): readonly string[] {
  return text.split('\r\n');
}

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { INVOCATION } from '../support/product.js';
import { createWorld, type World } from '../support/world.js';

/** As the output is where `spec-kitty` on the PATH is this program. */
function installed(text: string): string {
  return text.replaceAll(INVOCATION, 'spec-kitty');
}

/** Replaces numbers that differ from run to run, and the column widths that follow from them. */
function normal(text: string): string {
  return text
    .replaceAll(/\/\S*\.spec-kitty/g, '~/.spec-kitty')
    .replaceAll(/\d+ MB/g, 'N MB')
    .replaceAll(/\d+ (?:s|min|h|d)\b/g, 'N s')
    .replaceAll(/(?<=^\d{4} .* N s +|PID )\d+/gm, 'PID')
    .replaceAll(/pid:\d+@\d+/g, 'pid:PID@START')
    .replaceAll(/ +/g, ' ')
    .trim();
}

describeIf([hasNetworkNamespace, hasPython], 'README', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
    for (const [port, version] of [
      [9401, '3.2.2'],
      [9402, '3.2.3'],
      [9403, '3.2.4'],
    ] as const) {
      await world.startDaemon({ port, version });
    }
    world.recordSingleton(await world.startDaemon({ port: 9404, version: '3.2.5' }));
    await world.startDaemon({ port: 9405, version: '3.1.4' });
    await world.startNodeServer(9420);
  });
  afterAll(async () => {
    await world.close();
  });

  test('shows what the command really prints (AS-3, FR-004)', async () => {
    const [, shown = ''] =
      /\$ spec-kitty auth doctor\n([^]*?)```/.exec(readFileSync('README.md', 'utf8')) ?? [];
    const { stdout } = await world.run(['auth', 'doctor']);
    if (process.env['SHOW']) console.log(stdout);
    expect(normal(shown)).toBe(normal(installed(stdout)));
  });

  test('shows what `sync now` really prints', async () => {
    const [, shown = ''] =
      /\$ SPEC_KITTY_ENABLE_SAAS_SYNC=1 spec-kitty sync now\n([^]*?)```/.exec(
        readFileSync('README.md', 'utf8'),
      ) ?? [];
    const { stdout, stderr } = await world.run(['sync', 'now'], {
      env: { SPEC_KITTY_ENABLE_SAAS_SYNC: '1' },
    });
    expect(normal(shown)).toBe(normal(installed(stdout + stderr)));
  });

  test('has its first command and output by line 15', () => {
    const lines = readFileSync('README.md', 'utf8').split('\n').slice(0, 15);
    expect(lines.some((line) => line.startsWith('$ spec-kitty'))).toBe(true);
  });
});

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { describeIf, hasNetworkNamespace, hasPython, python } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

const READER = fileURLToPath(new URL('../fixtures/python/reader.py', import.meta.url));
/** A report of half a megabyte; a pipe holds 64 kB. */
const LONG_REPORT = `${process.execPath} ${fileURLToPath(new URL('../../dist/bin.cjs', import.meta.url))} auth doctor --json --explain`;

describeIf([hasNetworkNamespace, hasPython], 'a report that exceeds the buffer of a pipe', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
    await world.startSilent(Array.from({ length: 50 }, (_, index) => 9400 + index));
  });
  afterEach(() => world.close());

  test('a reader that closes the pipe early is no error', async () => {
    expect(await world.shell(`${LONG_REPORT} | head -c 50 | wc -c`)).toMatchObject({
      stdout: '50\n',
      stderr: '',
    });
  });

  test('a reader that closes a non-blocking pipe early is no error', async () => {
    expect(await world.shell(`${python} ${READER} 50 ${LONG_REPORT}`)).toMatchObject({
      code: 1,
      stdout: '50\n',
      stderr: '',
    });
  });

  test('a slow reader of a non-blocking pipe gets the whole report', async () => {
    const whole = await world.shell(`${LONG_REPORT} | wc -c`);
    const slow = await world.shell(`${python} ${READER} all ${LONG_REPORT}`);
    expect(slow).toMatchObject({ code: 1, stderr: '' });
    // Ages and times differ by a few characters between runs.
    expect(Math.abs(Number(slow.stdout) - Number(whole.stdout))).toBeLessThan(1000);
    expect(Number(slow.stdout)).toBeGreaterThan(100_000);
  });
});

describeIf([hasNetworkNamespace, hasPython], 'an output that cannot be written', () => {
  test.each(['>/dev/full', '>/dev/full 2>&1'])('%s: an error on stderr and exit code 2', async (to) => {
    const world = await createWorld();
    try {
      const orphan = await world.startDaemon({ port: 9401, version: '3.2.3' });
      const { code, stderr } = await world.shell(`${LONG_REPORT.replace('--explain', '--reset')} ${to}`);
      expect(code).toBe(2);
      if (!to.includes('2>')) {
        expect(stderr).toMatch(/^spec-kitty: cannot write to stdout: E[A-Z]+\nnext step: .+\n$/);
      }
      // The reset was done before the output failed.
      expect(orphan.alive()).toBe(false);
    } finally {
      await world.close();
    }
  });
});

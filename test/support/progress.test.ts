import { expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';

const JEST = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js'];

/** Runs the tests as `npm test -- …` does, without a terminal, and returns what they print. */
async function run(...words: readonly string[]): Promise<string> {
  const child = spawn(process.execPath, [...JEST, ...words], { stdio: ['ignore', 'ignore', 'pipe'] });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (more: string) => (text += more));
  const [code] = (await once(child, 'close')) as [number | null];
  expect({ code, text }).toMatchObject({ code: 0 });
  return text;
}

test('a run of tests begins with their number and an estimate, and shows progress before a file is done', async () => {
  const lines = (
    await run('--selectProjects', 'unit', '--', 'test/model/shown-address', 'test/policy/witness')
  ).split('\n');
  expect(lines.slice(0, 2)).toEqual([
    '2 test files, about 2 s on two cores, longer on a busy machine',
    '0 of 2 test files done, 0 running, after 0 s',
  ]);
  expect(lines.findIndex((line) => line.startsWith('PASS'))).toBeGreaterThan(1);
});

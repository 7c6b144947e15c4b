import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Runs the commands of the page in order, as its reader does, and compares their output with the page. */
test('docs/reviewing-policy-changes.md shows what its commands really print', () => {
  const page = readFileSync('docs/reviewing-policy-changes.md', 'utf8');
  const shown = [...page.matchAll(/```console\n([^]*?)```/g)].map(([, block = '']) => block).join('');
  const commands = shown.split('\n').filter((line) => line.startsWith('$ '));
  expect(commands.length).toBeGreaterThan(6);

  const folder = mkdtempSync(join(tmpdir(), 'spec-kitty-reviewing-'));
  try {
    cpSync('policy/sync.yaml', join(folder, 'old.yaml'));
    cpSync('policy/sync.yaml', join(folder, 'policy.yaml'));
    const printed = commands.map((line) => `${line}\n${run(line.slice(2), folder)}`).join('');
    expect(printed).toBe(shown);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}, 30_000);

function run(command: string, folder: string): string {
  const words = command.replace(/^spec-kitty /, `'${process.execPath}' '${resolve('dist/bin.cjs')}' `);
  const env = { PATH: process.env['PATH'] ?? '', NO_COLOR: '1' };
  return spawnSync('sh', ['-c', words], { cwd: folder, env, encoding: 'utf8' }).stdout;
}

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programName } from '../../src/cli/invocation.js';
import { machine } from '../support/local-machine.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spec-kitty-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const program = (path: string): string => {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), '');
  chmodSync(join(folder, path), 0o755);
  return join(folder, path);
};
const nameWith = (...folders: readonly string[]) =>
  programName(
    machine.observer,
    { PATH: folders.map((path) => join(folder, path)).join(':') },
    join(folder, 'ours.cjs'),
  );

test('another spec-kitty that comes first on the PATH is reported, and printed commands use npx to avoid it', () => {
  const other = program('a/spec-kitty');
  expect(nameWith('a')).toEqual({ invocation: 'npx spec-kitty', other });
});

test('entries of the PATH that cannot be run are passed over: a folder, and a file without the right to execute', () => {
  mkdirSync(join(folder, 'a/spec-kitty'), { recursive: true });
  chmodSync(program('b/spec-kitty'), 0o644);
  symlinkSync(program('ours.cjs'), join(folder, 'spec-kitty'));
  expect(nameWith('a', 'b')).toEqual({ invocation: 'npx spec-kitty', other: null });
  expect(nameWith('a', 'b', '.')).toEqual({ invocation: 'spec-kitty', other: null });
});

import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import {
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writePrivateFile } from '../../src/machine/write.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spec-kitty-test-'));
});
afterEach(() => {
  jest.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

test('writes a new file or replaces a regular file, with mode 0600', () => {
  const path = join(folder, 'file');
  writeFileSync(path, 'before', { mode: 0o644 });
  for (const name of [path, join(folder, 'new')]) {
    expect(writePrivateFile(name, 'after')).toBeNull();
    expect(readFileSync(name, 'utf8')).toBe('after');
    expect(lstatSync(name).mode & 0o777).toBe(0o600);
  }
  expect(readdirSync(folder)).toEqual(['file', 'new']);
});

test('never replaces a link or a folder', () => {
  const link = join(folder, 'link');
  symlinkSync('/dev/null', link);
  expect(writePrivateFile(link, 'x')).toBe('it is not a regular file');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(writePrivateFile(folder, 'x')).toBe('it is not a regular file');
});

test('keeps a temporary file of another process, and succeeds with another name a moment later', () => {
  const clock = jest.spyOn(Date, 'now').mockReturnValue(1000);
  const draft = join(folder, `file.${process.pid}.1000.tmp`);
  writeFileSync(draft, 'theirs');
  expect(writePrivateFile(join(folder, 'file'), 'x')).toBe('EEXIST');
  clock.mockReturnValue(1001);
  expect(writePrivateFile(join(folder, 'file'), 'x')).toBeNull();
  expect(readFileSync(draft, 'utf8')).toBe('theirs');
});

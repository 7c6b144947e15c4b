import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makePrivateFolder } from '../../src/machine/write.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spec-kitty-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test('makes every folder on the way for its user only, and is content with what is there', () => {
  expect(makePrivateFolder(join(folder, 'a/b/file'))).toBeNull();
  expect(makePrivateFolder(join(folder, 'a/b/file'))).toBeNull();
  for (const made of ['a', 'a/b']) expect(statSync(join(folder, made)).mode & 0o777).toBe(0o700);
});

test('says why where none can be made, and does not try for ever', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(makePrivateFolder(join(folder, 'file/a/b'))).toBe('ENOTDIR');
  // A folder that is there, and in which the kernel says that nothing is.
  expect(makePrivateFolder('/proc/kitty/a/b')).toBe('ENOENT');
});

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

test('makes every missing folder with mode 0700 and accepts existing ones', () => {
  expect(makePrivateFolder(join(folder, 'a/b/file'))).toBeNull();
  expect(makePrivateFolder(join(folder, 'a/b/file'))).toBeNull();
  for (const made of ['a', 'a/b']) expect(statSync(join(folder, made)).mode & 0o777).toBe(0o700);
});

test('returns the reason if no folder can be made, and does not retry for ever', () => {
  writeFileSync(join(folder, 'file'), '');
  expect(makePrivateFolder(join(folder, 'file/a/b'))).toBe('ENOTDIR');
  // In /proc the kernel reports ENOENT although the parent exists.
  expect(makePrivateFolder('/proc/kitty/a/b')).toBe('ENOENT');
});

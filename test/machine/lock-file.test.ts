import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockFile } from '../../src/machine/linux/flock.js';
import { describeIf, isRoot } from '../support/requires.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spec-kitty-test-'));
  path = join(folder, 'sync-daemon.lock');
  writeFileSync(path, '');
  // As released programs create it.
  chmodSync(path, 0o644);
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

async function modeAfterLocking(): Promise<number> {
  const lock = await lockFile(path, 0);
  if (lock.kind !== 'held') throw new Error(`not held: ${JSON.stringify(lock)}`);
  lock.release();
  return statSync(path).mode & 0o777;
}

test('a lock file that others may open, and so could hold for ever, becomes private', async () => {
  expect(await modeAfterLocking()).toBe(0o600);
});

describeIf([isRoot], 'the lock file of another user', () => {
  test('keeps its mode, because that user needs it', async () => {
    chownSync(path, 12_345, 12_345);
    expect(await modeAfterLocking()).toBe(0o644);
  });
});

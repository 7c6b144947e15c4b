import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadPolicy } from '../../src/policy/load.js';
import { SHIPPED_TEXT } from '../builders/policy.js';

describe('who could have written the policy file', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'policy-'));
  });
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const file = (name: string, text = SHIPPED_TEXT, mode = 0o644): string => {
    mkdirSync(join(folder, name), { mode: 0o755 });
    const path = join(folder, name, 'p.yaml');
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };
  const problemOf = (path: string): string => {
    const loaded = loadPolicy(path);
    return loaded.ok ? '' : loaded.problems.map(({ message, hint }) => `${message} (${String(hint)})`).join();
  };
  test('one of our own is taken', () => {
    expect(problemOf(file('good'))).toBe('');
  });
  test('writable by others', () => {
    expect(problemOf(file('open', SHIPPED_TEXT, 0o666))).toContain('can be written by others');
  });
  test('in a folder that others can write to', () => {
    const path = file('open-folder');
    chmodSync(join(folder, 'open-folder'), 0o777);
    expect(problemOf(path)).toContain('can be written by others');
  });
  const asRoot = process.geteuid?.() === 0 ? test : test.skip;
  asRoot("another user's [needs root]", () => {
    const path = file('foreign');
    chownSync(path, 12_345, 12_345);
    expect(problemOf(path)).toContain('belongs to user 12345');
  });
  test('missing, a folder, and 5 MB', () => {
    expect(problemOf(join(folder, 'none.yaml'))).toContain('ENOENT');
    expect(problemOf(folder)).toContain('not a regular file');
    expect(problemOf(file('big', 'x'.repeat(5_000_000)))).toContain('longer than');
  });
});

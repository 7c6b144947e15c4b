import { machine } from '../support/local-machine.js';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clearStaleRecords } from '../../src/enforcement/stale-files.js';
import type { Family } from '../../src/model/family.js';
import { readStat } from '../../src/machine/linux/processes.js';
import { aRecord, facts } from '../builders/evidence.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spec-kitty-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

test.each<[Family, number, boolean]>([
  ['sync', 9400, false],
  ['sync', 9237, true],
  ['dashboard', 9237, false],
  ['dashboard', 9449, true],
])('with nobody listening, a %s cleanup keeps a record for port %i: %s', (family, port, isKept) => {
  const file = join(folder, 'record.json');
  writeFileSync(file, '');
  const seen = facts([]);
  const record = aRecord({ port, ...seen.context.machine });
  clearStaleRecords(machine, {
    ...seen,
    family,
    root: { ...seen.root, records: [{ kind: 'read', file, record }] },
  });
  expect(existsSync(file)).toBe(isKept);
});

test('a record stays while its process is there, whatever one look at the listeners showed', () => {
  const file = join(folder, 'record.json');
  writeFileSync(file, '');
  const seen = facts([]);
  const stat = readStat(process.pid);
  const startTicks = stat.kind === 'alive' ? stat.startTicks : 0;
  const clear = (ticks: number): void => {
    const record = aRecord({ port: 9400, pid: process.pid, startTicks: ticks, ...seen.context.machine });
    clearStaleRecords(machine, {
      ...seen,
      root: { ...seen.root, records: [{ kind: 'read', file, record }] },
    });
  };
  clear(startTicks);
  expect(existsSync(file)).toBe(true);
  clear(startTicks + 1);
  expect(existsSync(file)).toBe(false);
});

test.each([
  ['of another network, on whose ports nobody here can look', { networkNamespace: 'net:[2]' }, 0o700],
  ['of another start of a machine', { bootId: 'another' }, 0o700],
  ['in a root that everybody may write', {}, 0o777],
])('a record %s stays', (_what, otherwise, mode) => {
  const file = join(folder, 'record.json');
  writeFileSync(file, '');
  const seen = facts([]);
  const { directory } = seen.root;
  if (directory.kind !== 'directory') throw new Error('the root is none');
  const root = {
    ...seen.root,
    directory: { ...directory, access: { ...directory.access, mode } },
    records: [
      { kind: 'read', file, record: aRecord({ port: 9400, ...seen.context.machine, ...otherwise }) },
    ] as const,
  };
  clearStaleRecords(machine, { ...seen, root });
  expect(existsSync(file)).toBe(true);
});

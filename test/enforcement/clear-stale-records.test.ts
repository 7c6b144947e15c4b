import { machine } from '../support/local-machine.js';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { clearStaleRecords } from '../../src/enforcement/stale-files.js';
import type { Family } from '../../src/model/family.js';
import { lockFile } from '../../src/machine/linux/flock.js';
import { readStat } from '../../src/machine/linux/processes.js';
import { aDirectory, aRecord, aScan as aScanOf, PRIVATE } from '../builders/evidence.js';

const UID = process.geteuid?.() ?? -1;

/** A scan by the user who runs the tests. */
const aScan = (listeners: Parameters<typeof aScanOf>[0]): ReturnType<typeof aScanOf> => {
  const scan = aScanOf(listeners, { directory: aDirectory('42', '1', { ...PRIVATE, owner: UID }) });
  return { ...scan, context: { ...scan.context, uid: UID } };
};

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
])('without listeners, a %s cleanup keeps a record for port %i: %s', async (family, port, isKept) => {
  const file = join(folder, 'record.json');
  writeFileSync(file, '');
  const scan = aScan([]);
  const record = aRecord({ port, ...scan.context.machine });
  await clearStaleRecords(machine, {
    ...scan,
    family,
    root: { ...scan.root, records: [{ kind: 'read', file, record }] },
  });
  expect(existsSync(file)).toBe(isKept);
});

test('a record stays while its process exists, even if a scan shows no listener', async () => {
  const file = join(folder, 'record.json');
  writeFileSync(file, '');
  const scan = aScan([]);
  const stat = readStat(process.pid);
  const startTicks = stat.kind === 'alive' ? Number(stat.incarnation) : 0;
  const clear = async (ticks: number): Promise<void> => {
    const record = aRecord({
      port: 9400,
      pid: process.pid,
      incarnation: String(ticks),
      ...scan.context.machine,
    });
    await clearStaleRecords(machine, {
      ...scan,
      root: { ...scan.root, records: [{ kind: 'read', file, record }] },
    });
  };
  await clear(startTicks);
  expect(existsSync(file)).toBe(true);
  await clear(startTicks + 1);
  expect(existsSync(file)).toBe(false);
});

test.each([
  ['of another network namespace, whose ports cannot be read', { networkNamespace: 'net:[2]' }, 0o700],
  ['of another boot', { bootId: 'another' }, 0o700],
  ['in a root that all users may write', {}, 0o777],
])('a record %s stays', async (_what, otherwise, mode) => {
  const file = join(folder, 'record.json');
  writeFileSync(file, '');
  const scan = aScan([]);
  const { directory } = scan.root;
  if (directory.kind !== 'directory') throw new Error('the root is no directory');
  const root = {
    ...scan.root,
    directory: { ...directory, access: { ...directory.access, mode } },
    records: [
      { kind: 'read', file, record: aRecord({ port: 9400, ...scan.context.machine, ...otherwise }) },
    ] as const,
  };
  await clearStaleRecords(machine, { ...scan, root });
  expect(existsSync(file)).toBe(true);
});

test('the lock of a daemon that was killed before it recorded itself is removed, one in use or with a record stays', async () => {
  const scan = aScan([]);
  const identity = join(folder, 'sync/daemon/identity');
  mkdirSync(identity, { recursive: true });
  const [left, used, recorded] = ['a', 'b', 'c'].map((letter) =>
    join(identity, `${letter.repeat(32)}.lock`),
  ) as [string, string, string];
  for (const file of [left, used, recorded, recorded.replace(/lock$/, 'json')]) writeFileSync(file, '');
  const lock = await lockFile(used, 0);
  await clearStaleRecords(machine, { ...scan, root: { ...scan.root, path: folder } });
  expect([left, used, recorded].map(existsSync)).toEqual([false, true, true]);
  if (lock.kind === 'held') lock.release();
});

test.each<[Family, string, string]>([
  ['sync', 'sync-daemon', 'sync/daemon'],
  ['dashboard', '.kittify/.dashboard', '.kittify/.dashboard.d'],
])('a %s cleanup removes the drafts of killed writers and nothing else', async (family, stateFile, ours) => {
  mkdirSync(join(folder, ours, 'identity'), { recursive: true });
  const long = Date.now() - 61_000;
  const abandoned = [
    `${stateFile}.7.${long}.tmp`,
    `${ours}/.gitignore.7.${long}.tmp`,
    `${ours}/identity/${'a'.repeat(32)}.json.7.${long}.tmp`,
    `${ours}/last-drain.json.7.${Date.now() + 3_600_000}.tmp`,
  ];
  const kept = [
    `${stateFile}.7.${Date.now()}.tmp`,
    `${ours}/last-drain.json.7.${Date.now()}.tmp`,
    `${ours}/notes.tmp`,
    join(dirname(stateFile), `another-program.7.${long}.tmp`),
  ];
  for (const file of [...abandoned, ...kept]) writeFileSync(join(folder, file), '');
  const scan = aScan([]);
  await clearStaleRecords(machine, { ...scan, family, root: { ...scan.root, path: folder } });
  expect(abandoned.filter((file) => existsSync(join(folder, file)))).toEqual([]);
  expect(kept.filter((file) => !existsSync(join(folder, file)))).toEqual([]);
});

test.each<[string, () => void]>([
  [
    'is a link to another folder',
    () => {
      rmSync(join(folder, 'sync/daemon'), { recursive: true });
      symlinkSync(join(folder, 'documents'), join(folder, 'sync/daemon'));
    },
  ],
  [
    'may be replaced by other users',
    () => {
      chmodSync(join(folder, 'sync'), 0o777);
    },
  ],
])('nothing is removed where a folder of ours %s', async (_what, change) => {
  for (const name of ['documents', 'sync/daemon']) mkdirSync(join(folder, name), { recursive: true });
  change();
  const files = ['documents', 'sync/daemon'].map((name) => join(folder, name, 'budget.2024.1.tmp'));
  for (const file of files) writeFileSync(file, '');
  const scan = aScan([]);
  await clearStaleRecords(machine, { ...scan, root: { ...scan.root, path: folder } });
  expect(files.every(existsSync)).toBe(true);
});

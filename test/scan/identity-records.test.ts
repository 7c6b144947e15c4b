import { machine } from '../support/local-machine.js';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readRecords } from '../../src/scan/root-files.js';
import { identityRecordText } from '../../src/model/identity-record.js';
import { ourTree } from '../../src/machine/files.js';
import { aRecord } from '../builders/evidence.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'spec-kitty-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const idOf = (index: number): string => index.toString(16).padStart(32, '0');

function writeRecords(count: number): void {
  for (let index = 0; index < count; index++) {
    const record = { ...aRecord({ id: idOf(index) }), secret: 's'.repeat(32) };
    writeFileSync(join(folder, `${record.id}.json`), identityRecordText(record), { mode: 0o600 });
  }
}

test('reads a thousand records', () => {
  writeRecords(1000);
  const records = readRecords(machine.observer, folder, null, ourTree, 'challenge');
  expect(records).toHaveLength(1000);
  expect(records.every(({ kind }) => kind === 'read')).toBe(true);
});

test('reads a record with the longest paths and names that can be written', () => {
  const path = `/${'p'.repeat(4094)}`;
  const serverUrl = 'https://sync.example/'.padEnd(1024, 's');
  const names = { authScope: `${serverUrl.slice(0, 1000)}|${'u'.repeat(11)}|${'t'.repeat(11)}`, serverUrl };
  const record = { ...aRecord({ root: path, queueDbPath: path, ...names }), secret: 's'.repeat(64) };
  writeFileSync(join(folder, `${record.id}.json`), identityRecordText(record), { mode: 0o600 });
  expect(readRecords(machine.observer, folder, null, ourTree, 'challenge')).toMatchObject([
    { kind: 'read', record: { root: path, queueDbPath: path, ...names } },
  ]);
});

test('reads the record that the state file names first, and reports that further records are not read', () => {
  writeRecords(1001);
  const records = readRecords(machine.observer, folder, idOf(1000), ourTree, 'challenge');
  expect(records[0]).toMatchObject({ kind: 'read', record: { id: idOf(1000) } });
  // The unusable entry keeps other stages from concluding that a record is missing.
  expect(records.at(-1)).toEqual({
    kind: 'unusable',
    file: folder,
    why: 'it contains 1001 records, and only 1000 are read',
  });
});

test('reads only the record that the state file names in a folder of more than ten thousand files', () => {
  writeRecords(1);
  for (let index = 0; index < 10_000; index++) writeFileSync(join(folder, `${index}.txt`), '');
  const crowded = {
    kind: 'unusable',
    file: folder,
    why: 'it contains more than 10000 files, so its records are not read',
  };
  expect(readRecords(machine.observer, folder, idOf(0), ourTree, 'challenge')).toEqual([
    expect.objectContaining({ kind: 'read', record: expect.objectContaining({ id: idOf(0) }) }),
    crowded,
  ]);
  expect(readRecords(machine.observer, folder, idOf(1), ourTree, 'challenge')).toEqual([crowded]);
  expect(readRecords(machine.observer, folder, 'a token', ourTree, 'challenge')).toEqual([crowded]);
});

test.each([0o640, 0o604, 0o620])(
  'does not use a record of mode %o, because other users may have read its secret',
  (mode) => {
    writeRecords(1);
    chmodSync(join(folder, `${idOf(0)}.json`), mode);
    expect(readRecords(machine.observer, folder, null, ourTree, 'challenge')).toMatchObject([
      { kind: 'unusable', why: 'users other than its owner may read or write it' },
    ]);
  },
);

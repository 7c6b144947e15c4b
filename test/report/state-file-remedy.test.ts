import { describe, expect, test } from '@jest/globals';
import type { RootEvidence } from '../../src/model/scan.js';
import { stateFileRemedy } from '../../src/report/remedy.js';
import { aDirectory, aRecord, aRoot, facts, PRIVATE, ROOT, stateFile } from '../builders/evidence.js';

const { context } = facts([]);
const id = 'a'.repeat(32);
const remedyFor = (changes: Partial<RootEvidence>) => stateFileRemedy(aRoot(changes), context);

test('a file whose text names nobody for certain is put aside, whatever its path', () => {
  const malformed = { stateFile: { kind: 'malformed', why: 'x' } } as const;
  expect(remedyFor({ ...malformed, path: '/home/a b' }).command).toBe(
    "mv -- '/home/a b/sync-daemon' '/home/a b/sync-daemon.unusable'",
  );
  expect(remedyFor({ stateFile: stateFile(9401, null, null) }).command).toMatch(/^mv /);
});

test('what others may write is taken from them; what is theirs is for the operator to decide', () => {
  const file = stateFile(9444, null, 77);
  const remedy = remedyFor({ stateFile: { ...file, access: { ...PRIVATE, mode: 0o666 } } });
  expect(remedy.command).toBe(`chmod go-w -- ${ROOT}/sync-daemon`);
  expect(remedyFor({ directory: aDirectory('42', '1', { ...PRIVATE, owner: 1500 }) })).toEqual({
    command: null,
    effect: expect.stringContaining(`${ROOT} belongs to user 1500`),
  });
});

describe('a file that does its work, or may, stays: words and no command', () => {
  test.each<readonly [string, Partial<RootEvidence>, string]>([
    ['only we could not read it', { stateFile: { kind: 'unreadable', why: 'EMFILE' } }, 'open files'],
    ['we may not read it', { stateFile: { kind: 'unreadable', why: 'EACCES' } }, 'let this user read it'],
    ['the disk cannot', { stateFile: { kind: 'unreadable', why: 'EIO' } }, 'EIO'],
    [
      'it was written on another machine',
      {
        stateFile: stateFile(9444, id, null),
        records: [{ kind: 'read', file: 'f', record: aRecord({ id, machineId: 'x', bootId: 'x' }) }],
      },
      'on the machine',
    ],
    [
      'it is that of a container, and has the path of ours',
      { inOurTree: false, stateFile: { kind: 'malformed', why: 'x' } },
      'inside its container',
    ],
  ])('%s', (_name, changes, words) => {
    expect(remedyFor(changes)).toEqual({ command: null, effect: expect.stringContaining(words) });
  });
});

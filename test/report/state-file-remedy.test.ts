import { describe, expect, test } from '@jest/globals';
import type { RootEvidence } from '../../src/model/scan.js';
import { stateFileRemedy } from '../../src/report/remedy.js';
import {
  aDirectory,
  aListener,
  aRecord,
  aRoot,
  aScan,
  PRIVATE,
  ROOT,
  stateFile,
} from '../builders/evidence.js';

const scan = aScan([aListener()]);
const id = 'a'.repeat(32);
const printed = { invocation: 'spec-kitty', accountName: (uid: number) => `user${uid}` };
const remedyFor = (changes: Partial<RootEvidence>) => stateFileRemedy(aRoot(changes), scan, printed);

test('a file whose text names no daemon for certain is put aside, with its path quoted', () => {
  const malformed = { stateFile: { kind: 'malformed', why: 'x' } } as const;
  expect(remedyFor({ ...malformed, path: '/home/a b' }).command).toBe(
    "mv -- '/home/a b/sync-daemon' '/home/a b/sync-daemon.unusable'",
  );
});

test('a file that names a port is put aside only if nothing listens there', () => {
  expect(remedyFor({ stateFile: stateFile(9402, null, null) }).command).toMatch(/^mv /);
  for (const port of [9401, 8000])
    expect(remedyFor({ stateFile: stateFile(port, null, null) })).toEqual({
      command: null,
      effect: expect.stringContaining(`names port ${port}, where a process listens`),
    });
});

test('a file that others may write loses that right; doctor of a root of another user is run as that user', () => {
  const file = stateFile(9444, null, 77);
  const remedy = remedyFor({ stateFile: { ...file, access: { ...PRIVATE, mode: 0o666 } } });
  expect(remedy.command).toBe(`chmod go-w -- ${ROOT}/sync-daemon`);
  expect(remedyFor({ directory: aDirectory('42', '1', { ...PRIVATE, owner: 1500 }) })).toEqual({
    command: `sudo -H -u user1500 env PATH="$PATH" SPEC_KITTY_HOME=${ROOT} spec-kitty auth doctor`,
    effect: expect.stringContaining('as the user whose root this is'),
  });
});

describe('a file that protects a daemon, or may, stays: the remedy has no command', () => {
  test.each<readonly [string, Partial<RootEvidence>, string]>([
    [
      'this command ran out of file descriptors',
      { stateFile: { kind: 'unreadable', why: 'EMFILE' } },
      'open files',
    ],
    [
      'this user may not read it',
      { stateFile: { kind: 'unreadable', why: 'EACCES' } },
      'give your user read permission',
    ],
    ['the disk fails', { stateFile: { kind: 'unreadable', why: 'EIO' } }, 'EIO'],
    [
      'it was written on another machine',
      {
        stateFile: stateFile(9444, id, null),
        records: [{ kind: 'read', file: 'f', record: aRecord({ id, machineId: 'x', bootId: 'x' }) }],
      },
      'on the machine',
    ],
    [
      'it is in a container, at the same path as ours',
      { inOurTree: false, stateFile: { kind: 'malformed', why: 'x' } },
      'inside its container',
    ],
  ])('%s', (_name, changes, words) => {
    expect(remedyFor(changes)).toEqual({ command: null, effect: expect.stringContaining(words) });
  });
});

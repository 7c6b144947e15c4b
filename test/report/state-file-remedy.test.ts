import { describe, expect, test } from '@jest/globals';
import { ok } from '../../src/model/result.js';
import type { RootEvidence } from '../../src/model/scan.js';
import { stateFileRemedy } from '../../src/report/state-file-remedy.js';
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

const malformed = { stateFile: { kind: 'malformed', why: 'x' } } as const;

test('no remedy moves or removes the file: the printed command proves first that its daemon has ended', () => {
  const empty = aScan([]);
  const none = aRoot({ ...malformed, isOnLocalFileSystem: true });
  expect(stateFileRemedy(none, empty, printed)).toMatchObject({
    command: 'spec-kitty sync forget',
    effect: expect.stringContaining('after it has proven again'),
  });
  const other = stateFileRemedy({ ...none, path: '/home/a b' }, empty, printed);
  expect(other.command).toBe("SPEC_KITTY_HOME='/home/a b' spec-kitty sync forget");
});

test('a file that cannot be parsed may mean any daemon of its root: the command ends those, as `forget` would refuse', () => {
  expect(remedyFor(malformed)).toEqual({
    command: 'kill 4001',
    effect: expect.stringContaining('also when in use'),
  });
  const ofOtherRoot = aScan([aListener({ roots: ok([aRoot({ directory: aDirectory('43') })]) })]);
  expect(stateFileRemedy(aRoot(malformed), ofOtherRoot, printed).command).toBe('spec-kitty sync forget');
});

test('a file that names a port is cleared only if nothing listens there', () => {
  expect(remedyFor({ stateFile: stateFile(9402, null, null) }).command).toBe('spec-kitty sync forget');
  for (const port of [9401, 8000])
    expect(remedyFor({ stateFile: stateFile(port, null, null) })).toEqual({
      command: null,
      effect: expect.stringContaining(`names port ${port}, where a process listens`),
    });
});

test('a daemon that runs in another network namespace is stopped there', () => {
  const words = { command: null, effect: expect.stringContaining('PID 77, which listens on no port here') };
  const file = { stateFile: stateFile(9402, 'x', 77) };
  const alive = { kind: 'alive', pid: 77, parentPid: 1, isDaemon: true } as const;
  expect(remedyFor({ ...file, recordedProcess: alive })).toEqual(words);
  expect(remedyFor({ ...file, recordedDaemonPid: 77 })).toEqual(words);
});

test('where the daemon cannot be looked for, the command says where to look', () => {
  const root = aRoot({
    stateFile: stateFile(9444, id, null),
    records: [{ kind: 'read', file: 'f', record: aRecord({ id, machineId: 'x', bootId: 'x' }) }],
  });
  expect(stateFileRemedy(root, scan, printed)).toEqual({
    command: 'spec-kitty sync forget',
    effect: expect.stringContaining('else says where to look first'),
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
      'it is in a container, at the same path as ours',
      { inOurTree: false, stateFile: { kind: 'malformed', why: 'x' } },
      'inside its container',
    ],
  ])('%s', (_name, changes, words) => {
    expect(remedyFor(changes)).toEqual({ command: null, effect: expect.stringContaining(words) });
  });
});

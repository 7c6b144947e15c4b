import { describe, expect, test } from '@jest/globals';
import { identifyListener } from '../../src/identity/identify.js';
import type { IdentityRecordFile } from '../../src/model/root.js';
import { ok, err } from '../../src/model/result.js';
import type { ListenerEvidence, RootEvidence } from '../../src/model/scan.js';
import {
  aDirectory,
  aListener,
  aProcess,
  aRecord,
  aRoot,
  aScan,
  markedArgv,
  PRIVATE,
  stateFile,
  TOKEN,
} from '../builders/evidence.js';

const OTHER_TOKEN = 'f'.repeat(32);
const recordedBy = (
  root: Partial<RootEvidence>,
  evidence = aListener(),
  others: readonly ListenerEvidence[] = [],
) => identifyListener(evidence, aScan([evidence, ...others], root)).facts.recorded_singleton;

describe('the live daemon is never taken for an orphan (pitfall 5)', () => {
  test.each<readonly [string, Partial<RootEvidence>]>([
    ['four lines that agree', { stateFile: stateFile(9401, TOKEN, 4001) }],
    ['no PID line, token in argv', { stateFile: stateFile(9401, TOKEN, null) }],
    ['no token, PID of the listener', { stateFile: stateFile(9401, null, 4001) }],
    ['PID of the launcher above it', { stateFile: stateFile(9401, null, 1) }],
    ['token of argv, although the PID is another', { stateFile: stateFile(9401, TOKEN, 77) }],
    [
      'PID of a child of the listener',
      {
        stateFile: stateFile(9401, OTHER_TOKEN, 4100),
        recordedProcess: { kind: 'alive', pid: 4100, parentPid: 4001, isDaemon: true },
      },
    ],
  ])('%s', (_name, root) => {
    expect(recordedBy(root)).toBe('yes');
  });
});

describe('`no` needs proof', () => {
  test('no state file', () => {
    expect(recordedBy({ stateFile: { kind: 'absent' } })).toBe('no');
  });
  test('another port and another PID', () => {
    expect(recordedBy({ stateFile: stateFile(9402, OTHER_TOKEN, 77) })).toBe('no');
  });
  test('another port without a PID line, if the listener there carries that token', () => {
    const recorded = aListener({
      socket: { address: '127.0.0.1', port: 9402, id: '556', uid: 1000 },
      holder: {
        kind: 'known',
        process: aProcess({
          pid: 4002,
          argv: ok({ elements: markedArgv(9402, OTHER_TOKEN), exact: true }),
        }),
      },
    });
    const root = { stateFile: stateFile(9402, OTHER_TOKEN, null) };
    expect(recordedBy(root, aListener(), [recorded])).toBe('no');
    expect(recordedBy(root, recorded)).toBe('yes');
  });
});

describe('a root that other users could have written proves nothing', () => {
  const others = { ...PRIVATE, mode: 0o777 };
  test.each<readonly [string, Partial<RootEvidence>]>([
    ['all users may replace its state file', { directory: aDirectory('42', '1', others) }],
    [
      'all users may write its state file',
      { stateFile: { ...stateFile(9402, OTHER_TOKEN, 77), access: others } },
    ],
    [
      'its state file belongs to another user',
      { stateFile: { ...stateFile(9402, OTHER_TOKEN, 77), access: { ...PRIVATE, owner: 1500 } } },
    ],
  ])('%s', (_name, root) => {
    expect(recordedBy(root)).toBe('unknown');
  });
});

describe('everything else is unknown', () => {
  test.each<readonly [string, Partial<RootEvidence>]>([
    ['unreadable', { stateFile: { kind: 'unreadable', why: 'EISDIR' } }],
    ['malformed', { stateFile: { kind: 'malformed', why: 'too long' } }],
    ['same port, another token and PID', { stateFile: stateFile(9401, OTHER_TOKEN, 77) }],
    ['same port, no token and no PID', { stateFile: stateFile(9401, null, null) }],
    ['same PID, another port', { stateFile: stateFile(9402, OTHER_TOKEN, 4001) }],
    ['another port, no PID, no such listener', { stateFile: stateFile(9402, OTHER_TOKEN, null) }],
    [
      'another port, and a process that cannot be read, so it may be a child',
      {
        stateFile: stateFile(9402, OTHER_TOKEN, 77),
        recordedProcess: { kind: 'unreadable', pid: 77, why: 'EACCES' },
      },
    ],
  ])('%s', (_name, root) => {
    expect(recordedBy(root)).toBe('unknown');
  });
  test.each([ok(false), err('EACCES')])(
    'a PID, if the candidate may be in another PID namespace: %j',
    (sharesOurPids) => {
      const evidence = aListener({ holder: { kind: 'known', process: aProcess({ sharesOurPids }) } });
      for (const pid of [4001, 77]) {
        expect(recordedBy({ stateFile: stateFile(9402, OTHER_TOKEN, pid) }, evidence)).toBe('unknown');
      }
      expect(recordedBy({ stateFile: stateFile(9401, TOKEN, 77) }, evidence)).toBe('yes');
    },
  );
  test('a candidate whose process is unknown', () => {
    const evidence = aListener({ holder: { kind: 'unknown', why: '' } });
    expect(recordedBy({ stateFile: stateFile(9402, OTHER_TOKEN, 77) }, evidence)).toBe('unknown');
  });
});

describe('a state file written by this program', () => {
  const withRecord = (changes: Partial<IdentityRecordFile>): Partial<RootEvidence> => ({
    stateFile: stateFile(9402, aRecord().id, null),
    isOnLocalFileSystem: true,
    records: [{ kind: 'read', file: 'f', record: aRecord(changes) }],
  });
  test.each<readonly [string, Partial<IdentityRecordFile>, string]>([
    ['its record names another process', {}, 'no'],
    ['its record names this process on another port', { pid: 4001 }, 'unknown'],
    ['written on another machine', { machineId: 'x', bootId: 'x' }, 'unknown'],
    ['written in another network namespace', { networkNamespace: 'net:[2]' }, 'unknown'],
    ['written before the last boot of this machine', { bootId: 'x', pid: 4001 }, 'no'],
  ])('%s', (_name, changes, expected) => {
    expect(recordedBy(withRecord(changes))).toBe(expected);
  });
  test('its record names the PID and the start time of this process, which has the arguments of another daemon', () => {
    const { pid, incarnation } = aProcess();
    const records = [{ kind: 'read', file: 'f', record: aRecord({ pid, incarnation, port: 9401 }) }] as const;
    expect(recordedBy({ stateFile: stateFile(9401, aRecord().id, null), records })).toBe('unknown');
  });
  test('written before the last boot, on a file system that another machine may share', () => {
    const { stateFile, records = [] } = withRecord({ bootId: 'x', pid: 77 });
    expect(recordedBy({ records, ...(stateFile && { stateFile }) })).toBe('unknown');
  });
  test('our boot id is unknown, so the PID in a record may be of this boot', () => {
    const evidence = aListener();
    const scan = aScan([evidence], withRecord({ pid: 4001 }));
    const machine = { ...scan.context.machine, bootId: null };
    const { facts: vector } = identifyListener(evidence, {
      ...scan,
      context: { ...scan.context, machine },
    });
    expect(vector.recorded_singleton).toBe('unknown');
  });
});

describe('other roots (pitfall 11)', () => {
  const otherRoot = (changes: Partial<RootEvidence>): ListenerEvidence =>
    aListener({
      roots: ok([aRoot({ path: '/other', directory: aDirectory('43'), ...changes })]),
    });
  const recordedIn = (evidence: ListenerEvidence) => identifyListener(evidence, aScan([evidence])).recordedIn;
  test('a state file there that names it: live in that root', () => {
    const evidence = otherRoot({ stateFile: stateFile(9401, TOKEN, 4001) });
    expect(recordedIn(evidence)).toMatchObject({ kind: 'other_root', root: { path: '/other' } });
    expect(identifyListener(evidence, aScan([evidence])).facts).toMatchObject({
      root_marker: 'other',
      recorded_singleton: 'no',
    });
  });
  test('no state file there: recorded nowhere', () => {
    expect(recordedIn(otherRoot({}))).toEqual({ kind: 'nowhere' });
  });
  test('unknown if its state file, or its roots, cannot be read', () => {
    expect(recordedIn(otherRoot({ stateFile: { kind: 'malformed', why: 'x' } }))).toMatchObject({
      kind: 'unknown',
    });
    expect(recordedIn(aListener({ roots: err('EACCES') }))).toMatchObject({ kind: 'unknown', root: null });
  });
  test('our own directory under another name is not another root', () => {
    const evidence = aListener({
      roots: ok([aRoot({ path: '/link/to/it', stateFile: stateFile(9401, TOKEN, 4001) })]),
    });
    expect(recordedIn(evidence)).toEqual({ kind: 'nowhere' });
  });
});

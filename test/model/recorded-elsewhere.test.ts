import { describe, expect, test } from '@jest/globals';
import type { MachineIdentity } from '../../src/model/evidence.js';
import type { IdentityRecordFile } from '../../src/model/root.js';
import type { RootEvidence } from '../../src/model/scan.js';
import {
  isFromEarlierBoot,
  isRecordedElsewhere,
  mayRunElsewhere,
  unseenPlaceOf,
} from '../../src/model/root-checks.js';
import { aRecord, aRoot, stateFile } from '../builders/evidence.js';

const here: MachineIdentity = { machineId: 'm', bootId: 'b', networkNamespace: 'net:[1]' };
const LOCAL = { isOnLocalFileSystem: true } as const;

function rootWith(written: Partial<IdentityRecordFile>, isLocal = true): RootEvidence {
  const record = aRecord(written);
  return aRoot({
    stateFile: stateFile(9402, record.id, null),
    records: [{ kind: 'read', file: 'f', record }],
    ...(isLocal && LOCAL),
  });
}
const isElsewhere = (written: Partial<MachineIdentity>, machine: Partial<MachineIdentity> = {}) =>
  isRecordedElsewhere(rootWith(written), { ...here, ...machine });

test.each<readonly [string, Partial<MachineIdentity>, Partial<MachineIdentity>, boolean]>([
  ['written here', {}, {}, false],
  ['written here before the last boot', { bootId: 'x' }, {}, false],
  ['written here, where the machine id is unknown', { machineId: null }, { machineId: null }, false],
  ['written on another machine', { machineId: 'x', bootId: 'x' }, {}, true],
  [
    'both machine ids are unknown, and the boot ids differ',
    { machineId: null, bootId: 'x' },
    { machineId: null },
    true,
  ],
  [
    'machine id and boot id are unknown on both sides',
    { machineId: null, bootId: null },
    { machineId: null, bootId: null },
    true,
  ],
  ['written in another network namespace', { networkNamespace: 'net:[2]' }, {}, true],
  ['both network namespaces are unknown', { networkNamespace: null }, { networkNamespace: null }, true],
])('a state file counts as recorded elsewhere, or not: %s', (_name, written, machine, expected) => {
  expect(isElsewhere(written, machine)).toBe(expected);
});

const isEarlier = (
  written: Partial<IdentityRecordFile>,
  { isLocal = true, machine = here }: { readonly isLocal?: boolean; readonly machine?: MachineIdentity } = {},
) => isFromEarlierBoot(rootWith(written, isLocal), { machine });

test('a record is from an earlier boot only if both boot ids are known, and it was written on this machine', () => {
  expect(isEarlier({ bootId: 'x' })).toBe(true);
  expect(isEarlier({})).toBe(false);
  expect(isEarlier({ bootId: null })).toBe(false);
  expect(isEarlier({ bootId: 'x' }, { machine: { ...here, bootId: null } })).toBe(false);
  expect(isEarlier({ bootId: 'x', machineId: 'x' })).toBe(false);
});

test('another boot id proves nothing on a file system that clones of this machine may share, and where the lock tells', () => {
  expect(isEarlier({ bootId: 'x' }, { isLocal: false })).toBe(false);
  expect(isRecordedElsewhere(rootWith({ bootId: 'x' }, false), here)).toBe(true);
  expect(isRecordedElsewhere(rootWith({}, false), here)).toBe(false);
  expect(isEarlier({ bootId: 'x', holdsLock: true })).toBe(false);
});

test('a daemon that was found in another network namespace is recorded elsewhere, also without a record', () => {
  const root = aRoot({ stateFile: stateFile(9402, 'x', 77), recordedDaemonPid: 4711 });
  expect(isRecordedElsewhere(root, here)).toBe(true);
  expect(isRecordedElsewhere(aRoot({ stateFile: stateFile(9402, 'x', 77) }), here)).toBe(false);
});

describe('the place where a recorded daemon cannot be looked for', () => {
  const context = { machine: here, uid: 1000, visibleProcesses: 'all' } as const;
  const inContainer = { machine: here, uid: 1000, visibleProcesses: 'of_container' } as const;
  const released = aRoot({ stateFile: stateFile(9402, 'x', 77), ...LOCAL });
  const shared = aRoot({ stateFile: released.stateFile });

  test.each<
    readonly [string, RootEvidence, Parameters<typeof unseenPlaceOf>[1], ReturnType<typeof unseenPlaceOf>]
  >([
    ['none on the machine itself', released, context, null],
    ['a released daemon in a container', released, inContainer, 'other_processes'],
    ['a released daemon on a shared home', shared, context, 'another_machine'],
    ['a daemon of ours that would listen here', rootWith({}, false), inContainer, null],
    ['a daemon of ours in another network namespace', rootWith({ networkNamespace: 'x' }), context, null],
    [
      'a daemon of ours in another network namespace, in a container',
      rootWith({ networkNamespace: 'x' }),
      inContainer,
      'other_processes',
    ],
    [
      'a daemon of ours on another machine',
      rootWith({ bootId: 'x', machineId: 'x' }),
      context,
      'another_machine',
    ],
    ['an earlier boot of this machine', rootWith({ bootId: 'x', networkNamespace: 'x' }), context, null],
    [
      'another boot id, in a container that may have one of its own',
      rootWith({ bootId: 'x', networkNamespace: 'x' }),
      inContainer,
      'another_machine',
    ],
    [
      'a lock that is free',
      { ...rootWith({ machineId: 'x' }), isRecordedDaemonGone: true },
      inContainer,
      null,
    ],
    [
      'where /proc hides processes',
      released,
      { ...context, visibleProcesses: 'not_hidden' },
      'hidden_processes',
    ],
    [
      'a scan that was saved by an earlier version',
      released,
      { machine: here, uid: 1000 },
      'other_processes',
    ],
    ['a file of the superuser', released, { ...context, uid: 1001 }, 'superuser'],
  ])('%s', (_name, root, seenFrom, expected) => {
    expect(unseenPlaceOf(root, seenFrom)).toBe(expected);
  });

  test('prevents a start only where released daemons may run unseen', () => {
    expect([mayRunElsewhere(released, context), mayRunElsewhere(released, inContainer)]).toEqual([
      false,
      true,
    ]);
    expect(mayRunElsewhere(rootWith({}), inContainer)).toBe(false);
  });
});

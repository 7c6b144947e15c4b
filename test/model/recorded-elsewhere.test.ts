import { expect, test } from '@jest/globals';
import type { MachineIdentity } from '../../src/model/evidence.js';
import { isFromEarlierBoot, isRecordedElsewhere } from '../../src/model/root-checks.js';
import { aRecord, aRoot, stateFile } from '../builders/evidence.js';

const here: MachineIdentity = { machineId: 'm', bootId: 'b', networkNamespace: 'net:[1]' };
const isElsewhere = (written: Partial<MachineIdentity>, machine: Partial<MachineIdentity> = {}) => {
  const record = aRecord(written);
  const root = aRoot({
    stateFile: stateFile(9402, record.id, null),
    records: [{ kind: 'read', file: 'f', record }],
  });
  return isRecordedElsewhere(root, { ...here, ...machine });
};

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

test('a record is from an earlier boot only if both boot ids are known', () => {
  expect(isFromEarlierBoot(aRecord({ bootId: 'x' }), here)).toBe(true);
  expect(isFromEarlierBoot(aRecord(), here)).toBe(false);
  expect(isFromEarlierBoot(aRecord({ bootId: null }), here)).toBe(false);
  expect(isFromEarlierBoot(aRecord({ bootId: 'x' }), { ...here, bootId: null })).toBe(false);
});

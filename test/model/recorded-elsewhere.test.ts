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
  ['written here before the last start', { bootId: 'x' }, {}, false],
  ['written here, where no machine has an id', { machineId: null }, { machineId: null }, false],
  ['written on another machine', { machineId: 'x', bootId: 'x' }, {}, true],
  ['neither machine has an id', { machineId: null, bootId: 'x' }, { machineId: null }, true],
  [
    'nothing is known of either machine',
    { machineId: null, bootId: null },
    { machineId: null, bootId: null },
    true,
  ],
  ['written in another network', { networkNamespace: 'net:[2]' }, {}, true],
  ['neither network is known', { networkNamespace: null }, { networkNamespace: null }, true],
])('%s', (_name, written, machine, expected) => {
  expect(isElsewhere(written, machine)).toBe(expected);
});

test('a record is older than the last start only where both starts are known', () => {
  expect(isFromEarlierBoot(aRecord({ bootId: 'x' }), here)).toBe(true);
  expect(isFromEarlierBoot(aRecord(), here)).toBe(false);
  expect(isFromEarlierBoot(aRecord({ bootId: null }), here)).toBe(false);
  expect(isFromEarlierBoot(aRecord({ bootId: 'x' }), { ...here, bootId: null })).toBe(false);
});

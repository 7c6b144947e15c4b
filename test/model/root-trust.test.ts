import { expect, test } from '@jest/globals';
import type { Access } from '../../src/model/evidence.js';
import { trustIssueOf } from '../../src/model/root-checks.js';
import { aDirectory, aRoot, PRIVATE, ROOT, stateFile } from '../builders/evidence.js';

const access = (changes: Partial<Access>): Access => ({ ...PRIVATE, ...changes });

test.each<readonly [string, Access, string | null]>([
  ['its user', access({}), null],
  ['root', access({ owner: 0 }), null],
  ["its user's private group", access({ mode: 0o775 }), null],
  ['another group', access({ mode: 0o775, group: 100 }), 'can be written by group 100'],
  ['a group of root', access({ owner: 0, group: 100, mode: 0o775 }), 'can be written by group 100'],
  ['all users', access({ mode: 0o757 }), 'can be written by all users'],
  ['all users, with the sticky bit', access({ mode: 0o1777 }), 'can be written by all users'],
  ['another user', access({ owner: 1500 }), 'belongs to user 1500'],
])('what can be written by %s is trusted, or not', (_name, written, detail) => {
  const folder = trustIssueOf('sync', aRoot({ directory: aDirectory('42', '1', written) }), 1000);
  const file = trustIssueOf(
    'sync',
    aRoot({ stateFile: { ...stateFile(9401, null, 77), access: written } }),
    1000,
  );
  expect(folder).toEqual(detail && expect.objectContaining({ path: ROOT, detail }));
  expect(file).toEqual(detail && expect.objectContaining({ path: `${ROOT}/sync-daemon`, detail }));
});

test('a missing root, and a system without user ids, give no trust issue', () => {
  expect(trustIssueOf('sync', aRoot({ directory: { kind: 'missing' } }), 1000)).toBeNull();
  expect(
    trustIssueOf('sync', aRoot({ directory: aDirectory('42', '1', access({ mode: 0o777 })) }), -1),
  ).toBeNull();
});

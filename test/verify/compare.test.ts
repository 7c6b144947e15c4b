import { expect, test } from '@jest/globals';
import { differences, IntendedChanges } from './compare.js';
import { Names } from './names.js';

const none = new IntendedChanges([]);

test.each([
  ['a field that is gone', { a: 1, b: null }, { a: 1 }, '.b'],
  ['a field that is new', { a: 1 }, { a: 1, b: null }, '.b'],
  ['another reason code', { reason: 'pre_marker' }, { reason: 'cross_root' }, '.reason'],
  ['another kind of value', { pid: null }, { pid: 'null' }, '.pid'],
  ['a list in another order', ['a', 'b'], ['b', 'a'], '[0]'],
  ['a shorter list', [{ a: 1 }, { b: 1 }], [{ a: 1 }], ''],
])('finds %s', (_what, was, is, at) => {
  expect(differences(was, is, none)[0]).toMatchObject({ at });
});

test('finds nothing in what is equal, whatever the order of its fields', () => {
  expect(differences({ a: [1, 'x'], b: null }, { b: null, a: [1, 'x'] }, none)).toEqual([]);
});

test('an intended change explains a text, and says that it was needed', () => {
  const needed = { was: 'nobody is there', is: 'no process listens', reason: 'plain' };
  const table = new IntendedChanges([needed, { was: 'never seen', is: 'unseen', reason: 'plain' }]);
  const texts = ['on 9401 nobody is there', 'on 9401 no process listens'] as const;
  expect(differences({ detail: texts[0] }, { detail: texts[1] }, table)).toEqual([]);
  expect(table.unused().map(({ was }) => was)).toEqual(['never seen']);
});

test('an intended change explains neither a code nor more than it says', () => {
  const table = new IntendedChanges([{ was: 'pre_marker', is: 'too_old', reason: 'none' }]);
  expect(differences('pre_marker', 'too_old', table)).toHaveLength(1);
  expect(differences('it is pre_marker', 'it is too_old now', table)).toHaveLength(1);
  expect(table.unused()).toHaveLength(1);
});

test('a pattern carries on what differs from world to world', () => {
  const table = new IntendedChanges([
    { was: /port (\d+) is nobody's/g, is: 'port $1 is free', reason: 'plain' },
  ]);
  expect(differences("port 9401 is nobody's", 'port 9401 is free', table)).toEqual([]);
});

test('what differs between two worlds has one name in both; what decides is kept', () => {
  const names = new Names();
  names.add('/tmp/one', 'world');
  names.addPid(4711, 'orphan');
  const line = 'PID 4711 on 9401 of /tmp/one at 2026-01-01T00:00:00.000Z: 11 MB, 3 s, HTTP 404';
  expect(names.text(line)).toBe('PID <pid orphan> on 9401 of <world> at <time>: <n> MB, <n> s, HTTP 404');
  expect(names.json({ pid: 4711, port: 9401, started_at: 'x', reason: null })).toEqual({
    ...{ pid: '<pid orphan>', port: 9401, started_at: '<measured>', reason: null },
  });
});

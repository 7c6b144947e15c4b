import { expect, test } from '@jest/globals';
import { differences } from './compare.js';
import { Names } from './names.js';

test.each([
  ['a field that is gone', { a: 1, b: null }, { a: 1 }, '.b'],
  ['a field that is new', { a: 1 }, { a: 1, b: null }, '.b'],
  ['another reason code', { reason: 'pre_marker' }, { reason: 'cross_root' }, '.reason'],
  ['another kind of value', { pid: null }, { pid: 'null' }, '.pid'],
  ['a list in another order', ['a', 'b'], ['b', 'a'], '[0]'],
  ['a shorter list', [{ a: 1 }, { b: 1 }], [{ a: 1 }], ''],
])('finds %s', (_what, was, is, at) => {
  expect(differences(was, is)[0]).toMatchObject({ at });
});

test('finds nothing in what is equal, whatever the order of its fields', () => {
  expect(differences({ a: [1, 'x'], b: null }, { b: null, a: [1, 'x'] })).toEqual([]);
});

test('ignores the wording of texts for people, and nothing else about them', () => {
  expect(differences({ detail: 'nobody is there' }, { detail: 'no process listens' })).toEqual([]);
  expect(differences({ stdout: 'x' }, { stdout: '' })).toHaveLength(1);
  expect(differences({ detail: 'x' }, { detail: null })).toHaveLength(1);
  expect(differences({ command: 'kill 1' }, { command: 'kill 2' })).toHaveLength(1);
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

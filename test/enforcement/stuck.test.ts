import { expect, test } from '@jest/globals';
import { keptBusyRefusal, notStuckRefusal } from '../../src/enforcement/stuck.js';
import type { ActivitySample, Connection, ProcessActivity } from '../../src/model/evidence.js';
import { ok, err } from '../../src/model/result.js';

const US = 1000;
const ASLEEP: ProcessActivity = {
  suspension: null,
  awake: null,
  counters: { cpuTicks: 7, contextSwitches: 400, bytesRead: 9000 },
};

const look = (
  activity: Partial<ProcessActivity> = {},
  ...connections: readonly Connection[]
): ActivitySample => ({
  connections: ok(connections),
  process: ok({ ...ASLEEP, ...activity }),
});
const from = (peerUid: number | null, direction: Connection['direction'] = 'inbound'): Connection => ({
  direction,
  peer: '127.0.0.1:40000',
  peerUid,
});
/** The same look often enough, with another one among them. */
const among = (other: ActivitySample): readonly ActivitySample[] => [look(), look(), other, look()];

test('asleep at every look, without a connection: it is stuck', () => {
  expect(notStuckRefusal(among(look()))).toBeNull();
});

test.each<readonly [string, ActivitySample, string]>([
  ['a connection of another user', look({}, from(1001)), 'kept_busy'],
  ['a connection of its own user, perhaps a port forward', look({}, from(US)), 'kept_busy'],
  ['a connection that no process has open any more', look({}, from(null)), 'kept_busy'],
  ['a connection of its own', look({}, from(US, 'outbound')), 'perhaps_busy'],
  ['CPU time', look({ counters: { ...ASLEEP.counters, cpuTicks: 8 } }), 'perhaps_busy'],
  [
    'a thread that ran for a moment',
    look({ counters: { ...ASLEEP.counters, contextSwitches: 401 } }),
    'perhaps_busy',
  ],
  ['something read', look({ counters: { ...ASLEEP.counters, bytesRead: 9001 } }), 'perhaps_busy'],
  ['a thread that waits for a disk', look({ awake: 'it waits for a device' }), 'perhaps_busy'],
  ['a stop', look({ suspension: { kind: 'stopped' } }), 'suspended'],
  ['a debugger', look({ suspension: { kind: 'traced', by: 7 } }), 'suspended'],
  ['a frozen control group', look({ suspension: { kind: 'frozen', freezer: '/x' } }), 'suspended'],
  ['a process that could not be read', { ...look(), process: err('EACCES') }, 'perhaps_busy'],
  ['connections that could not be read', { ...look(), connections: err('EMFILE') }, 'perhaps_busy'],
])('at one of several looks %s: it is not proven to be stuck', (_what, other, reason) => {
  expect(notStuckRefusal(among(other))).toMatchObject({ reason });
});

test('too few looks prove nothing', () => {
  expect(notStuckRefusal([])).toMatchObject({ reason: 'perhaps_busy' });
  expect(notStuckRefusal([look(), look()])).toMatchObject({ reason: 'perhaps_busy' });
});

test('one that answers wrongly is spared only for what others do to it', () => {
  expect(keptBusyRefusal(among(look({ awake: 'it is running' })))).toBeNull();
  expect(keptBusyRefusal(among(look({}, from(1001))))).toMatchObject({ reason: 'kept_busy' });
  expect(keptBusyRefusal(among({ ...look(), connections: err('EMFILE') }))).toMatchObject({
    reason: 'perhaps_busy',
  });
});

test('a report names no more than four callers', () => {
  const many = Array.from({ length: 6 }, (_, at) => ({ ...from(1001), peer: `127.0.0.1:${40000 + at}` }));
  expect(keptBusyRefusal([look({}, ...many)])?.detail).toMatch(/40003 \(user 1001\) and 2 more/);
});

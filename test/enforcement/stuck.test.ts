import { expect, test } from '@jest/globals';
import { refusalIfOccupied, refusalUnlessStuck } from '../../src/enforcement/stuck.js';
import type { ActivitySample, Connection, ProcessActivity } from '../../src/model/evidence.js';
import { ok, err } from '../../src/model/result.js';

const US = 1000;
const ASLEEP: ProcessActivity = {
  suspension: null,
  awake: null,
  counters: { cpuTicks: 7, contextSwitches: 400, bytesRead: 9000 },
};

const sample = (
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
/** Enough samples of a sleeping daemon, with another sample among them. */
const among = (other: ActivitySample): readonly ActivitySample[] => [sample(), sample(), other, sample()];

test('a daemon that sleeps in every sample, without a connection, is stuck', () => {
  expect(refusalUnlessStuck(among(sample()))).toBeNull();
});

test.each<readonly [string, ActivitySample, string]>([
  ['a connection of another user', sample({}, from(1001)), 'kept_busy'],
  ['a connection of its own user, perhaps a port forward', sample({}, from(US)), 'kept_busy'],
  ['a connection whose other end is closed', sample({}, from(null)), 'kept_busy'],
  ['a connection of its own', sample({}, from(US, 'outbound')), 'perhaps_busy'],
  ['CPU time', sample({ counters: { ...ASLEEP.counters, cpuTicks: 8 } }), 'perhaps_busy'],
  [
    'a thread that ran for a moment',
    sample({ counters: { ...ASLEEP.counters, contextSwitches: 401 } }),
    'perhaps_busy',
  ],
  ['data that it read', sample({ counters: { ...ASLEEP.counters, bytesRead: 9001 } }), 'perhaps_busy'],
  ['a thread that waits for a disk', sample({ awake: 'it waits for a device' }), 'perhaps_busy'],
  ['a stopped process', sample({ suspension: { kind: 'stopped' } }), 'suspended'],
  ['a debugger', sample({ suspension: { kind: 'traced', by: 7 } }), 'suspended'],
  ['a frozen control group', sample({ suspension: { kind: 'frozen', freezer: '/x' } }), 'suspended'],
  ['a process that could not be read', { ...sample(), process: err('EACCES') }, 'perhaps_busy'],
  ['connections that could not be read', { ...sample(), connections: err('EMFILE') }, 'perhaps_busy'],
])('in one of several samples %s: it is not proven to be stuck', (_what, other, reason) => {
  expect(refusalUnlessStuck(among(other))).toMatchObject({ reason });
});

test('too few samples prove nothing', () => {
  expect(refusalUnlessStuck([])).toMatchObject({ reason: 'perhaps_busy' });
  expect(refusalUnlessStuck([sample(), sample()])).toMatchObject({ reason: 'perhaps_busy' });
});

test('a daemon with wrong answers is refused for a connection, and where the kernel does not let it run', () => {
  expect(refusalIfOccupied(among(sample({ awake: 'it is running' })))).toBeNull();
  expect(refusalIfOccupied(among(sample({ suspension: { kind: 'stopped' } })))).toMatchObject({
    reason: 'suspended',
  });
  expect(refusalIfOccupied(among(sample({}, from(1001))))).toMatchObject({ reason: 'kept_busy' });
  expect(refusalIfOccupied(among({ ...sample(), connections: err('EMFILE') }))).toMatchObject({
    reason: 'perhaps_busy',
  });
});

test('a report names no more than four callers', () => {
  const many = Array.from({ length: 6 }, (_, at) => ({ ...from(1001), peer: `127.0.0.1:${40000 + at}` }));
  expect(refusalIfOccupied([sample({}, ...many)])?.detail).toMatch(/40003 \(user 1001\) and 2 more/);
});

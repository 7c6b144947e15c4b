import { expect, test } from '@jest/globals';
import { type BackOff, backOffAfter, mayDrain, NO_BACK_OFF } from '../../src/sync/drain-loop.js';
import { credentialsOf, type ReadyScope } from '../../src/sync/account.js';
import type { DrainCounts, DrainEnd } from '../../src/sync/drain.js';
import { counts } from '../support/draining.js';

const SCOPE: ReadyScope = {
  kind: 'ready',
  queuePath: '/root/queues/queue-0.db',
  server: 'https://sync.example.com',
  user: 'me',
  teamSlug: 'acme',
  team: 'team-4711',
  token: 'token',
};

const after = (before: BackOff, end: DrainEnd, some: Partial<DrainCounts> = {}): BackOff =>
  backOffAfter(before, { end, counts: counts(some), setAsideUnwritten: null });

const FAILED: DrainEnd = { kind: 'upload_failed', why: 'no answer (ECONNREFUSED)' };
const DRAINED: DrainEnd = { kind: 'drained' };

test('consecutive failures double the pause, to at most 30 s', () => {
  const pauses: number[] = [];
  let backOff = NO_BACK_OFF;
  for (let time = 0; time < 7; time++) {
    backOff = after(backOff, FAILED);
    pauses.push(backOff.pauseMs);
  }
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
  expect(mayDrain(backOff, SCOPE, 29_999)).toBe(false);
  expect(mayDrain(backOff, SCOPE, 30_000)).toBe(true);
});

test.each<readonly [string, DrainEnd, Partial<DrainCounts>, number]>([
  ['an empty queue', DRAINED, {}, 0],
  ['all acknowledged', DRAINED, { acknowledged: 5 }, 0],
  ['a stop', { kind: 'stopped' }, { acknowledged: 5 }, 0],
  ['nothing to be sent now', { kind: 'idle', why: 'no_token', detail: '' }, {}, 0],
  ['a queue that is locked', { kind: 'queue_failed', why: 'locked', cause: 'locked' }, {}, 8000],
  ['a full disk', { kind: 'queue_failed', why: 'SQLITE_FULL', cause: 'exhausted' }, {}, 8000],
  [
    'a queue that needs repair',
    { kind: 'queue_failed', why: 'SQLITE_NOTADB', cause: 'no_queue' },
    { kept: 1 },
    0,
  ],
  [
    'a queue without write permission',
    { kind: 'queue_failed', why: 'EACCES', cause: 'not_permitted' },
    {},
    0,
  ],
  ['events that the server keeps', DRAINED, { kept: 1 }, 8000],
  ['events that the server refuses', DRAINED, { retried: 1 }, 8000],
  ['events without an answer', DRAINED, { unanswered: 1 }, 8000],
  ['events that changed meanwhile', DRAINED, { changed: 1 }, 8000],
  ['some events acknowledged', DRAINED, { acknowledged: 1, kept: 1 }, 1000],
])('after three failures, %s', (_name, end, some, pauseMs) => {
  const before = [FAILED, FAILED, FAILED].reduce((backOff, failure) => after(backOff, failure), NO_BACK_OFF);
  expect(after(before, end, some).pauseMs).toBe(pauseMs);
});

test('refused credentials are never used again, and other credentials at once', () => {
  const refused: DrainEnd = { kind: 'refused', status: 401, credentials: credentialsOf(SCOPE) };
  const backOff = after(after(NO_BACK_OFF, refused), { kind: 'idle', why: 'unreadable', detail: '' });
  expect(mayDrain(backOff, SCOPE, Number.MAX_SAFE_INTEGER)).toBe(false);
  expect(mayDrain(backOff, { ...SCOPE, token: 'new' }, 0)).toBe(true);
  expect(mayDrain(backOff, { ...SCOPE, team: 'team-4712' }, 0)).toBe(true);
  expect(JSON.stringify(backOff)).not.toContain('token');
});

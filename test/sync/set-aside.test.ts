import { machine } from '../support/local-machine.js';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { QueueRow } from '../../src/sync/queue.js';
import { openSetAside, readSetAsideCounts } from '../../src/sync/set-aside.js';

const QUEUE = '/root/queues/queue-0123456789abcdef.db';
const COUNTS = { too_large: 2, malformed: 1, other_team: 0 };
const NONE = { too_large: 0, malformed: 0, other_team: 0 };

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'set-aside-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const file = (): string => join(root, 'sync/daemon/set-aside/queue-0123456789abcdef.json');

function row(eventId: string, data = 'x'): QueueRow {
  return { timestamp: 1n, id: 1n, eventId: Buffer.from(eventId), data: Buffer.from(data) };
}

function refused(...rows: readonly QueueRow[]): void {
  const setAside = openSetAside(machine, root, QUEUE);
  for (const one of rows) setAside.recordRefusal(one);
  expect(setAside.save(COUNTS)).toBeNull();
}

test('recognises a refused event by its content in any row', () => {
  refused(row('a'));
  const setAside = openSetAside(machine, root, QUEUE);
  expect(setAside.wasRefused({ ...row('a'), id: 9n })).toBe(true);
  expect(setAside.wasRefused(row('a', 'y'))).toBe(false);
  expect(setAside.wasRefused(row('b'))).toBe(false);
  expect(openSetAside(machine, root, '/root/queues/queue-other.db').wasRefused(row('a'))).toBe(false);
  expect(statSync(file()).mode & 0o777).toBe(0o600);
});

test('forgets the refused events that a drain of the whole queue did not see, but not after a partial drain', () => {
  refused(row('a'), row('b'));
  expect(openSetAside(machine, root, QUEUE).save(null)).toBeNull();
  const whole = openSetAside(machine, root, QUEUE);
  expect([whole.wasRefused(row('a')), whole.wasRefused(row('b'))]).toEqual([true, true]);
  const again = openSetAside(machine, root, QUEUE);
  again.wasRefused(row('a'));
  again.save(COUNTS);
  expect(openSetAside(machine, root, QUEUE).wasRefused(row('b'))).toBe(false);
});

test('keeps the counts of the last drain of the whole queue', () => {
  expect(readSetAsideCounts(machine.observer, root, QUEUE)).toEqual(NONE);
  refused(row('a'));
  openSetAside(machine, root, QUEUE).save(null);
  expect(readSetAsideCounts(machine.observer, root, QUEUE)).toEqual(COUNTS);
});

test('forgets a refusal after a day, and one with a time in the future', () => {
  refused(row('a'), row('b'));
  const written = JSON.parse(readFileSync(file(), 'utf8')) as { refused: Record<string, number> };
  const [first = '', second = ''] = Object.keys(written.refused);
  const day = 24 * 60 * 60 * 1000;
  written.refused = { [first]: Date.now() - day, [second]: Date.now() + day };
  writeFileSync(file(), JSON.stringify(written));
  const setAside = openSetAside(machine, root, QUEUE);
  expect([setAside.wasRefused(row('a')), setAside.wasRefused(row('b'))]).toEqual([false, false]);
});

test.each([
  '',
  'null',
  '[]',
  '{"refused": 7}',
  '{"counts": {"too_large": "many"}}',
  '{"refused": {"a": "x"}}',
])('treats the file content %j as empty and replaces it', (text) => {
  refused(row('a'));
  writeFileSync(file(), text);
  expect(readSetAsideCounts(machine.observer, root, QUEUE)).toEqual(NONE);
  refused(row('b'));
  expect(readSetAsideCounts(machine.observer, root, QUEUE)).toEqual(COUNTS);
});

test('writes no empty file, and returns the error of a file that cannot be written', () => {
  expect(openSetAside(machine, root, QUEUE).save(NONE)).toBeNull();
  expect(() => statSync(file())).toThrow('ENOENT');
  writeFileSync(join(root, 'sync'), 'in the way');
  expect(openSetAside(machine, root, QUEUE).save(COUNTS)).toBe(`${file()}: ENOTDIR`);
});

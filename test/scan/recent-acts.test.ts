import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readRecentActs } from '../../src/scan/recent-acts.js';
import { DAEMON_FILES } from '../../src/model/root.js';
import { ourTree } from '../../src/machine/files.js';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'spec-kitty-test-'));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

test('parses only the last lines of a journal of a million empty lines', () => {
  const journal = join(root, DAEMON_FILES.dashboard.journal);
  mkdirSync(dirname(journal), { recursive: true });
  const act = { act: 'a', event: 'intent', at: '2026-01-01T00:00:00Z', asked_by: 'x', pid: 1, port: 2 };
  writeFileSync(journal, `${'\n'.repeat(1_000_000)}${JSON.stringify(act)}\n`);
  const parse = jest.spyOn(JSON, 'parse');
  const acts = readRecentActs('dashboard', root, ourTree);
  expect(acts).toMatchObject([{ asked_by: 'x', pid: 1, port: 2 }]);
  expect(parse.mock.calls.length).toBeLessThanOrEqual(2000);
  parse.mockRestore();
});

test('keeps all acts of a reset of every port, also after a daemon was started and stopped', () => {
  const journal = join(root, DAEMON_FILES.sync.journal);
  mkdirSync(dirname(journal), { recursive: true });
  const act = (port: number): object => ({
    ...{ act: String(port), event: 'intent', at: '2026-01-01T00:00:00Z', asked_by: 'x', pid: port, port },
  });
  const ports = Array.from({ length: 52 }, (_, index) => 9400 + index);
  writeFileSync(journal, ports.map((port) => `${JSON.stringify(act(port))}\n`).join(''));
  expect(readRecentActs('sync', root, ourTree).map(({ port }) => port)).toEqual(ports.toReversed());
});

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { planFor, RESET_CLASSES, wishToReset } from '../../src/action/plan.js';
import { withoutStarting } from '../../src/action/starting-elsewhere.js';
import { identifyListener } from '../../src/identity/identify.js';
import { type RootEvidence, read, unread } from '../../src/model/evidence.js';
import { lockFile } from '../../src/system/change/file-lock.js';
import { aDirectory, aListener, aProcess, aRoot, facts } from '../builders/evidence.js';

let root: string;
let lock: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'spec-kitty-test-'));
  lock = join(root, 'sync-daemon.lock');
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const rootHere = (): RootEvidence => {
  const { dev, ino } = statSync(root);
  return aRoot({ path: root, directory: aDirectory(String(ino), String(dev)) });
};

/** What is left of a plan to retire one daemon of that root: its targets, and why others were left out. */
const settle = async ({ startedAt = '2026-11-20T00:00:00.000Z', ourRoot = aRoot() } = {}) => {
  const evidence = aListener({
    holder: { kind: 'known', process: aProcess({ startedAt: read(startedAt) }) },
    roots: read([rootHere()]),
  });
  return settled(evidence, ourRoot);
};

const settled = async (evidence = aListener(), ourRoot = aRoot()) => {
  const world = facts([evidence]);
  const verdict = { cleanupClass: 'operator_required', reason: 'x', rule: 'r', trace: [] } as const;
  const candidate = { ...identifyListener(evidence, world), verdict };
  const plan = planFor(wishToReset(RESET_CLASSES), [candidate], world.observer);
  const { targets, skipped } = await withoutStarting(plan, ourRoot);
  return { targets: targets.length, skipped: skipped.map(({ refusal }) => refusal) };
};

test('while the lock of its root is held, a daemon may be about to be recorded there', async () => {
  const held = await lockFile(lock, 0);
  expect(held.kind).toBe('held');
  expect(await settle()).toEqual({
    targets: 0,
    skipped: [{ reason: 'singleton_unknown', detail: expect.stringContaining(`being started in ${root}`) }],
  });
  if (held.kind === 'held') held.release();
  expect(await settle()).toMatchObject({ targets: 1, skipped: [] });
});

test('a root without a lock: nobody is being started, and none is made', async () => {
  expect(await settle({ startedAt: new Date().toISOString() })).toMatchObject({ targets: 1 });
  expect(existsSync(lock)).toBe(false);
});

test('our own root was locked while we judged: who starts a daemon there now started it after', async () => {
  const held = await lockFile(lock, 0);
  expect(await settle({ ourRoot: rootHere() })).toMatchObject({ targets: 1 });
  if (held.kind === 'held') held.release();
});

test('where the lock cannot be tried, age decides', async () => {
  symlinkSync('/dev/null', lock);
  expect(await settle({ startedAt: new Date().toISOString() })).toMatchObject({
    targets: 0,
    skipped: [{ reason: 'singleton_unknown', detail: expect.stringContaining('ELOOP') }],
  });
  expect(await settle()).toMatchObject({ targets: 1 });
  const ageless = aProcess({ startedAt: unread('ENOENT') });
  const evidence = aListener({ holder: { kind: 'known', process: ageless }, roots: read([rootHere()]) });
  expect(await settled(evidence)).toMatchObject({ targets: 0 });
});

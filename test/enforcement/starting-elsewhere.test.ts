import { machine } from '../support/local-machine.js';
import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { planFor, RESET_CLASSES, selectForReset } from '../../src/enforcement/plan.js';
import { excludeStartingDaemons } from '../../src/enforcement/starting-elsewhere.js';
import { identifyListener } from '../../src/identity/identify.js';
import { ok } from '../../src/model/result.js';
import type { RootEvidence } from '../../src/model/scan.js';
import { lockFile } from '../../src/machine/linux/flock.js';
import { readStat } from '../../src/machine/linux/processes.js';
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

/** In ticks of 10 ms since the machine was started. */
const own = readStat(process.pid);
const OUR_START = own.kind === 'alive' ? own.startTicks : 0;
const LONG_AGO = OUR_START - 60_000;

/** What is left of a plan to retire one daemon of that root: its targets, and why others were left out. */
const settle = async ({ startTicks = LONG_AGO, ourRoot = aRoot() } = {}) => {
  const evidence = aListener({
    holder: { kind: 'known', process: aProcess({ startTicks }) },
    roots: ok([rootHere()]),
  });
  return settled(evidence, ourRoot);
};

const settled = async (evidence = aListener(), ourRoot = aRoot()) => {
  const world = facts([evidence]);
  const verdict = { cleanupClass: 'operator_required', reason: 'x', rule: 'r', trace: [] } as const;
  const candidate = { ...identifyListener(evidence, world), verdict };
  const plan = planFor(selectForReset(RESET_CLASSES), [candidate], world.context);
  const { targets, skipped } = await excludeStartingDaemons(machine.observer, plan, ourRoot);
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
  expect(await settle({ startTicks: OUR_START + 360_000 })).toMatchObject({ targets: 1 });
  expect(existsSync(lock)).toBe(false);
});

test('our own root was locked while we judged: who starts a daemon there now started it after', async () => {
  const held = await lockFile(lock, 0);
  expect(await settle({ ourRoot: rootHere() })).toMatchObject({ targets: 1 });
  if (held.kind === 'held') held.release();
});

test.each([
  // This test itself has run for some seconds.
  ['started a minute before us', OUR_START - 6000, 1],
  ['started an hour after us: its age is unknown', OUR_START + 360_000, 0],
  ['of a start that is no number', Number.NaN, 0],
])('where the lock cannot be tried, age decides: %s', async (_name, startTicks, targets) => {
  symlinkSync('/dev/null', lock);
  const skipped = [{ reason: 'singleton_unknown', detail: expect.stringContaining('ELOOP') }];
  expect(await settle({ startTicks })).toEqual({ targets, skipped: targets === 1 ? [] : skipped });
});

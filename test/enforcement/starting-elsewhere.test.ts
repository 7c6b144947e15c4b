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
import { aDirectory, aListener, aProcess, aRoot, aScan } from '../builders/evidence.js';

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

/** In ticks of 10 ms since boot. */
const own = readStat(process.pid);
const OUR_START = own.kind === 'alive' ? Number(own.incarnation) : 0;
const LONG_AGO = OUR_START - 60_000;

/** A plan to retire one daemon of that root, after `excludeStartingDaemons`: the number of targets, and the refusals. */
const excludeFor = async ({ startTicks = LONG_AGO, ourRoot = aRoot() } = {}) => {
  const evidence = aListener({
    holder: { kind: 'known', process: aProcess({ incarnation: String(startTicks) }) },
    roots: ok([rootHere()]),
  });
  const scan = aScan([evidence]);
  const verdict = { cleanupClass: 'operator_required', reason: 'x', rule: 'r', trace: [] } as const;
  const candidate = { ...identifyListener(evidence, scan), verdict };
  const plan = planFor(selectForReset(RESET_CLASSES), [candidate], scan.context);
  const { targets, skipped } = await excludeStartingDaemons(machine.observer, plan, ourRoot);
  return { targets: targets.length, skipped: skipped.map(({ refusal }) => refusal) };
};

test('while the start lock of its root is held, a daemon may not be recorded yet', async () => {
  const held = await lockFile(lock, 0);
  expect(held.kind).toBe('held');
  expect(await excludeFor()).toEqual({
    targets: 0,
    skipped: [{ reason: 'singleton_unknown', detail: expect.stringContaining(`being started in ${root}`) }],
  });
  if (held.kind === 'held') held.release();
  expect(await excludeFor()).toMatchObject({ targets: 1, skipped: [] });
});

test('a root without a lock file has no starting daemon, and no lock file is created', async () => {
  expect(await excludeFor({ startTicks: OUR_START + 360_000 })).toMatchObject({ targets: 1 });
  expect(existsSync(lock)).toBe(false);
});

test('our own root is not checked, because its start lock was held during the scan', async () => {
  const held = await lockFile(lock, 0);
  expect(await excludeFor({ ourRoot: rootHere() })).toMatchObject({ targets: 1 });
  if (held.kind === 'held') held.release();
});

test.each([
  ['started a minute before us', OUR_START - 6000, 1],
  ['started an hour after us, so its age is unknown', OUR_START + 360_000, 0],
  ['with a start time that is no number', Number.NaN, 0],
])('if the lock cannot be tried, the age of the process decides: %s', async (_name, startTicks, targets) => {
  symlinkSync('/dev/null', lock);
  const skipped = [{ reason: 'singleton_unknown', detail: expect.stringContaining('ELOOP') }];
  expect(await excludeFor({ startTicks })).toEqual({ targets, skipped: targets === 1 ? [] : skipped });
});

import { machine } from '../support/local-machine.js';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Decision } from '../../src/daemon/decision.js';
import { type EnsureRequest, startAndClean } from '../../src/daemon/ensure.js';
import { LOCK_MS, LOCK_MS_OF_ATTEMPTS, takeStartLock } from '../../src/enforcement/locks.js';
import { STARTUP_TARGETS } from '../../src/enforcement/plan.js';
import type { JudgedScan } from '../../src/examine.js';
import { openPolicy } from '../../src/policy/load.js';
import { resetDaemons } from '../../src/reset.js';
import { aScan } from '../builders/evidence.js';
import { until } from '../support/until.js';

const CAUSE = expect.stringMatching(/took longer than 4 s, among \d+ processes on this machine/);
const REMEDY = expect.stringContaining('counts the processes of each user');

describe('a scan that takes longer than the start lock is kept', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'spec-kitty-test-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  test('starts no daemon', async () => {
    const start = startAfter(alwaysLate(), { kind: 'start' });
    const tried = await startAndClean(machine, start, { kind: 'start' });
    expect(tried).toMatchObject({ kind: 'busy', why: CAUSE, remedy: REMEDY });
    // The log of a daemon is created before the daemon: there is none.
    expect(readdirSync(root)).toEqual(['sync', 'sync-daemon.lock']);
  }, 30_000);

  test('is repeated: a machine that was slow once fails nothing', async () => {
    const scans = [lateScan, scan];
    const nextScan = (): Promise<JudgedScan> => (scans.shift() ?? scan)();
    const leave = { kind: 'leave', reason: 'singleton_unproven', detail: '' } as const;
    const tried = await startAndClean(machine, startAfter(nextScan, leave), leave);
    expect(tried).toMatchObject({ kind: 'done', decision: leave });
    expect(scans).toEqual([]);
  });

  test('ends in a reset that does nothing', async () => {
    const request = { selection: STARTUP_TARGETS, askedBy: 'test', onProgress: () => undefined };
    const result = await resetDaemons(machine, { family: 'sync', root, examine: alwaysLate() }, request);
    expect(result).toMatchObject({ ok: false, message: expect.stringContaining('nothing was done') });
    expect(result).toMatchObject({ message: CAUSE, remedy: REMEDY });
  }, 30_000);

  test('gets more time when it is repeated, and less in all than a waiting start has', async () => {
    expect(LOCK_MS_OF_ATTEMPTS.reduce((sum, ms) => sum + ms)).toBeLessThanOrEqual(5000);
    const leave = { kind: 'leave', reason: 'singleton_unproven', detail: '' } as const;
    const tried = await startAndClean(machine, startAfter(lateScan, leave), leave);
    expect(tried).toMatchObject({ kind: 'done', decision: leave });
  });

  test('is repeated only after a start that waits has had the lock', async () => {
    const leave = { kind: 'leave', reason: 'singleton_unproven', detail: '' } as const;
    const waiting: ReturnType<typeof takeStartLock>[] = [];
    const examine = (): Promise<JudgedScan> => {
      if (waiting.length === 0) waiting.push(takeStartLock(machine, 'sync', root, 10_000));
      return lateScan();
    };
    const tried = startAndClean(machine, startAfter(examine, leave), { kind: 'start' });
    await until(() => waiting.length > 0);
    const from = performance.now();
    const lock = await waiting[0];
    expect(performance.now() - from).toBeLessThan(LOCK_MS + 1000);
    if (lock?.kind !== 'held') throw new Error(lock?.kind);
    lock.lock.release();
    expect(await tried).toMatchObject({ kind: 'done' });
  });

  test('leaves no descriptor to hand over', async () => {
    const taken = await takeStartLock(machine, 'sync', root, 0);
    if (taken.kind !== 'held') throw new Error(taken.kind);
    expect(taken.lock.isHeld()).toBe(true);
    await sleep(LOCK_MS + 100);
    expect(taken.lock.isHeld()).toBe(false);
    expect(() => taken.lock.handOver()).toThrow('the start lock was released');
  });

  function startAfter(examine: () => Promise<JudgedScan>, decision: Decision): EnsureRequest {
    return {
      family: 'sync',
      root,
      selection: STARTUP_TARGETS,
      askedBy: 'test',
      examine,
      decide: () => decision,
    };
  }

  /** Outlasts the lock of the first attempt. */
  async function lateScan(): Promise<JudgedScan> {
    await sleep(LOCK_MS + 100);
    return scan();
  }

  /** Outlasts the lock of every attempt. */
  function alwaysLate(): () => Promise<JudgedScan> {
    const bounds = [...LOCK_MS_OF_ATTEMPTS];
    return async () => {
      await sleep((bounds.shift() ?? 0) + 100);
      return scan();
    };
  }

  function scan(): Promise<JudgedScan> {
    const policy = openPolicy(machine.observer, null);
    if (!policy.ok) throw new Error('the shipped policy is missing');
    return Promise.resolve({ scan: aScan([]), policy: policy.policy, candidates: [] });
  }
});

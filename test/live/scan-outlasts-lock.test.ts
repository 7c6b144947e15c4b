import { machine } from '../support/local-machine.js';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Decision } from '../../src/daemon/ensure.js';
import { type StartPlan, startAndClean } from '../../src/daemon/ensure.js';
import { LOCK_MS, takeStartLock } from '../../src/enforcement/locks.js';
import { STARTUP_TARGETS } from '../../src/enforcement/plan.js';
import type { JudgedScan } from '../../src/examine.js';
import { openPolicy } from '../../src/policy/load.js';
import { resetFromKernel } from '../../src/reset.js';
import { facts } from '../builders/evidence.js';

describe('a scan that takes longer than the start lock may be held', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'spec-kitty-test-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  test('starts no daemon', async () => {
    const tried = await startAndClean(machine, startPlan(slowScan, { kind: 'start' }), { kind: 'start' });
    expect(tried).toMatchObject({ kind: 'busy', why: expect.stringContaining('longer than 1 s each time') });
    // The log would be created before the daemon is started, so no daemon was started.
    expect(readdirSync(root)).toEqual(['sync', 'sync-daemon.lock']);
  });

  test('is repeated, so that one slow scan is no failure', async () => {
    const scans = [slowScan, quickScan];
    const nextScan = (): Promise<JudgedScan> => (scans.shift() ?? quickScan)();
    const leave = { kind: 'leave', reason: 'singleton_unproven', detail: '' } as const;
    const tried = await startAndClean(machine, startPlan(nextScan, leave), leave);
    expect(tried).toMatchObject({ kind: 'done', decision: leave });
    expect(scans).toEqual([]);
  });

  test('makes a reset do nothing', async () => {
    const request = { selection: STARTUP_TARGETS, askedBy: 'test', onProgress: () => undefined };
    const result = await resetFromKernel(machine, 'sync', root, slowScan, request);
    expect(result).toMatchObject({ ok: false, message: expect.stringContaining('nothing was done') });
  });

  test('cannot pass the lock on to a daemon', async () => {
    const taken = await takeStartLock(machine, 'sync', root, 0);
    if (taken.kind !== 'held') throw new Error(taken.kind);
    expect(taken.lock.isHeld()).toBe(true);
    await sleep(LOCK_MS + 100);
    expect(taken.lock.isHeld()).toBe(false);
    expect(() => taken.lock.handOver()).toThrow('not held any more');
  });

  function startPlan(judge: () => Promise<JudgedScan>, decision: Decision): StartPlan {
    return {
      family: 'sync',
      root,
      selection: STARTUP_TARGETS,
      askedBy: 'test',
      judge,
      decide: () => decision,
    };
  }

  async function slowScan(): Promise<JudgedScan> {
    await sleep(LOCK_MS + 100);
    return quickScan();
  }

  function quickScan(): Promise<JudgedScan> {
    const policy = openPolicy(machine.observer, null);
    if (!policy.ok) throw new Error('the shipped policy is missing');
    return Promise.resolve({ scan: facts([]), policy: policy.policy, candidates: [] });
  }
});

import { machine } from '../support/local-machine.js';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Decision } from '../../src/daemon/ensure.js';
import { type EnsureRequest, startAndClean } from '../../src/daemon/ensure.js';
import { LOCK_MS, takeStartLock } from '../../src/enforcement/locks.js';
import { STARTUP_TARGETS } from '../../src/enforcement/plan.js';
import type { JudgedScan } from '../../src/examine.js';
import { openPolicy } from '../../src/policy/load.js';
import { resetDaemons } from '../../src/reset.js';
import { facts } from '../builders/evidence.js';

describe('a scan that takes longer than the start lock is kept', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'spec-kitty-test-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  test('starts no daemon', async () => {
    const tried = await startAndClean(machine, startAfter(lateScan, { kind: 'start' }), { kind: 'start' });
    expect(tried).toMatchObject({
      kind: 'busy',
      why: expect.stringContaining('each scan took longer than 1 s'),
    });
    // The log of a daemon is created before the daemon: there is none.
    expect(readdirSync(root)).toEqual(['sync', 'sync-daemon.lock']);
  });

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
    const result = await resetDaemons(machine, { family: 'sync', root, examine: lateScan }, request);
    expect(result).toMatchObject({ ok: false, message: expect.stringContaining('nothing was done') });
  });

  test('leaves no descriptor to hand over', async () => {
    const taken = await takeStartLock(machine, 'sync', root, 0);
    if (taken.kind !== 'held') throw new Error(taken.kind);
    expect(taken.lock.isHeld()).toBe(true);
    await sleep(LOCK_MS + 100);
    expect(taken.lock.isHeld()).toBe(false);
    expect(() => taken.lock.handOver()).toThrow('not held any more');
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

  async function lateScan(): Promise<JudgedScan> {
    await sleep(LOCK_MS + 100);
    return scan();
  }

  function scan(): Promise<JudgedScan> {
    const policy = openPolicy(machine.observer, null);
    if (!policy.ok) throw new Error('the shipped policy is missing');
    return Promise.resolve({ scan: facts([]), policy: policy.policy, candidates: [] });
  }
});

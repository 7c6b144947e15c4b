import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LOCK_MS, takeStartLock } from '../../src/action/act.js';
import { WISH_AT_STARTUP } from '../../src/action/plan.js';
import { startAndClean } from '../../src/lifecycle/start-and-clean.js';
import { resetFromKernel } from '../../src/pipeline/reset.js';
import type { Examination } from '../../src/pipeline/examine.js';
import { openPolicy } from '../../src/policy/open.js';
import { facts } from '../builders/evidence.js';

describe('a look that takes longer than the lock of starts is kept', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'spec-kitty-test-'));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  test('starts no daemon', async () => {
    const tried = await startAndClean(
      {
        family: 'sync',
        root,
        wish: WISH_AT_STARTUP,
        askedBy: 'test',
        look: lateLook,
        decide: () => ({ kind: 'start' }),
      },
      { kind: 'start' },
    );
    expect(tried).toMatchObject({ kind: 'busy', why: expect.stringContaining('took longer than 1 s') });
    // What a daemon is started with comes before it: its log.
    expect(readdirSync(join(root, 'sync'))).not.toContain('sync-daemon.log');
  });

  test('ends in a reset that did nothing', async () => {
    const errand = { wish: WISH_AT_STARTUP, askedBy: 'test', onProgress: () => undefined };
    const result = await resetFromKernel('sync', root, lateLook, errand);
    expect(result).toMatchObject({ ok: false, message: expect.stringContaining('nothing was done') });
  });

  test('leaves no open file to hand over', async () => {
    const reading = await takeStartLock('sync', root, 0);
    if (reading.kind !== 'held') throw new Error(reading.kind);
    expect(reading.lock.isHeld()).toBe(true);
    await sleep(LOCK_MS + 100);
    expect(reading.lock.isHeld()).toBe(false);
    expect(() => reading.lock.handOver()).toThrow('not held any more');
  });

  async function lateLook(): Promise<Examination> {
    await sleep(LOCK_MS + 100);
    const policy = await openPolicy(null);
    if (!policy.ok) throw new Error('the shipped policy is missing');
    return { facts: facts([]), policy: policy.policy, candidates: [] };
  }
});

import { expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findSocketOwners } from '../../src/machine/linux/socket-owners.js';
import { describeIf, isRoot } from '../support/requires.js';
import { until } from '../support/until.js';

const ANOTHER_USER = 4711;

describeIf([isRoot], 'the search for the owner of a socket', () => {
  test("treats a setuid program that another user runs (su at its prompt) as that user's process", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'spec-kitty-test-'));
    const program = join(folder, 'su');
    copyFileSync('/bin/sleep', program);
    chownSync(program, 0, 0);
    chmodSync(program, 0o4755);
    chmodSync(folder, 0o755);
    const child = spawn(program, ['60'], {
      uid: ANOTHER_USER,
      gid: ANOTHER_USER,
      stdio: 'ignore',
    });
    try {
      await once(child, 'spawn');
      const pid = child.pid ?? 0;
      await until(() =>
        readFileSync(`/proc/${pid}/status`, 'utf8').includes(`Uid:\t${ANOTHER_USER}\t0\t0\t0`),
      );
      const { unreadable } = await findSocketOwners(new Set(['1']));
      expect(unreadable.byParent.get(process.pid)).toBe(pid);
    } finally {
      child.kill();
      rmSync(folder, { recursive: true });
    }
  });
});

import { expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { minimumAgeSeconds, readProcess, readStat } from '../../src/machine/linux/processes.js';

test('a process whose name is made to look like fields is read as what it is (pitfall 37)', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'spec-kitty-test-'));
  try {
    // The kernel shows the file's name: `4711 (x) Z 1 (y) S …`.
    const program = join(folder, 'x) Z 1 (y');
    copyFileSync('/bin/sleep', program);
    const child = spawn(program, ['60']);
    await once(child, 'spawn');
    const pid = child.pid ?? 0;
    expect(readStat(pid)).toMatchObject({ kind: 'alive', parentPid: process.pid });
    expect(readProcess(pid)).toMatchObject({ kind: 'alive', process: { pid, parentPid: process.pid } });
    child.kill();
    await once(child, 'exit');
    expect(readStat(pid).kind).toBe('gone');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a process that is older than its time namespace is old, though the kernel gives its start as a huge number', () => {
  // As seen: 1844674407260 ticks, of a process that was started 1.1 s before the clock of `unshare --time` began.
  expect(minimumAgeSeconds(1_844_674_407_260)).toBeGreaterThan(0);
});

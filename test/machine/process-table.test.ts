import { expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { minimumAgeSeconds, readProcess, readStat } from '../../src/machine/linux/processes.js';

test('reads a process correctly whose name looks like fields of /proc/<pid>/stat (pitfall 37)', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'spec-kitty-test-'));
  try {
    // The kernel prints the file's name unescaped: `4711 (x) Z 1 (y) S …`.
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

test('a process older than its time namespace has a positive age, although its start time is a huge number', () => {
  // Observed for a process that started 1.1 s before the clock of `unshare --time` began.
  expect(minimumAgeSeconds({ incarnation: '1844674407260' })).toBeGreaterThan(0);
});

import { expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('../support/handle-without-descriptors.mjs', import.meta.url));

test('never signals by PID if a process handle cannot be opened (pitfall 6)', () => {
  const line = `ulimit -n 256; exec "${process.execPath}" --no-warnings "${PROGRAM}"`;
  const { stdout, stderr } = spawnSync('sh', ['-c', line], { encoding: 'utf8' });
  expect({ stdout, stderr }).toEqual({
    stdout: `${JSON.stringify({
      support: 'pidfd',
      outcome: { kind: 'denied', code: 'EMFILE' },
      endedBy: 'SIGKILL',
    })}\n`,
    stderr: '',
  });
});

import { expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { canChoosePid, describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';

const SCENARIOS = 15;

describeIf([hasNetworkNamespace, hasPython, canChoosePid, isRoot], 'the model of the simulation', () => {
  test('agrees with Linux about what a command does in the same scenario, entry by entry (NFR-003, pitfall 6)', async () => {
    const argv = ['test/simulation/linux/run.mjs', '--scenarios', String(SCENARIOS), '--seed', '3'];
    const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(child, 'exit');
    const output = await text(child.stdout);
    expect({ code: (await exited)[0] as number, output }).toEqual({
      code: 0,
      output: expect.stringMatching(
        new RegExp(`^${SCENARIOS} scenarios from seed 3 on Linux in .*: 0 differ\n$`),
      ),
    });
  }, 240_000);
});

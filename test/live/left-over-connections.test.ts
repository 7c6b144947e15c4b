import { expect, test } from '@jest/globals';
import { doctor } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython, python } from '../support/requires.js';
import { createWorld } from '../support/world.js';

describeIf([hasNetworkNamespace, hasPython], 'a stuck recorded daemon', () => {
  test('is reset although connections of an aborted probe and of a killed process are left in its queue', async () => {
    const world = await createWorld();
    try {
      const stuck = await world.startDaemon({
        port: 9404,
        version: '3.2.5',
        oneAtATime: true,
        silentSeconds: Infinity,
      });
      world.recordSingleton(stuck);
      // Both clients close, so the daemon's ends stay in CLOSE_WAIT while it is stuck.
      for (const end of ['', 'os.kill(os.getpid(), 9)'])
        await world.command([python, '-c', ABORTED_PROBE + end]);
      const { report } = await doctor(world, ['--reset']);
      expect(report.swept).toMatchObject([{ pid: stuck.pid, cleanup_path: 'terminate' }]);
    } finally {
      await world.close();
    }
  }, 60_000);
});

const ABORTED_PROBE = `
import os, urllib.request
try:
    urllib.request.urlopen("http://127.0.0.1:9404/api/health", timeout=0.3)
except OSError:
    pass
`;

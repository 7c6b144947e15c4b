import { expect, test } from '@jest/globals';
import { mkdirSync } from 'node:fs';
import { lockFile } from '../../src/machine/linux/flock.js';
import { doctor } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { createWorld } from '../support/world.js';

describeIf(
  [hasNetworkNamespace, hasPython],
  'a daemon that is being started in another root and not yet recorded there',
  () => {
    test.each([
      { version: '3.1.4', withoutKoffi: false },
      { version: '3.2.4', withoutKoffi: false },
      { version: '3.2.4', withoutKoffi: true },
    ])('%j: is left alone while the start lock of its root is held', async ({ version, ...options }) => {
      const world = await createWorld();
      try {
        const root = `${world.folder}/other/.spec-kitty`;
        mkdirSync(root, { recursive: true });
        const starter = await lockFile(`${root}/sync-daemon.lock`, 0);
        const daemon = await world.startDaemon({ port: 9405, version, root });
        const { report } = await doctor(world, ['--reset'], options);
        const detail = expect.stringContaining('being started');
        expect(report.skipped).toMatchObject([{ pid: daemon.pid, skip_reason: 'singleton_unknown', detail }]);
        expect(daemon.alive()).toBe(true);
        expect(daemon.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
        if (starter.kind === 'held') starter.release();
        // The lock is free and the daemon is not recorded, so it is an orphan.
        expect((await doctor(world, ['--reset'], options)).report.swept).toMatchObject([{ pid: daemon.pid }]);
      } finally {
        await world.close();
      }
    });
  },
);

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Daemon } from '../support/daemons.js';
import { doctor } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython, python } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

const WITH_ENVIRONMENT = fileURLToPath(new URL('../fixtures/python/with_environment.py', import.meta.url));

/** A command prefix that inserts entries at the start of the environment. */
const withEnvironmentEntries = (...entries: readonly Buffer[]): readonly string[] => [
  python,
  WITH_ENVIRONMENT,
  entries.map((entry) => entry.toString('hex')).join(','),
];

describeIf(
  [hasNetworkNamespace, hasPython],
  'a live daemon is left alone when its root or its state file is ambiguous',
  () => {
    let world: World;
    beforeEach(async () => {
      world = await createWorld();
    });
    afterEach(() => world.close());

    /** Writes the state file of a home whose path may not be UTF-8. */
    const recordIn = (home: Buffer, { port, token, pid }: Daemon): void => {
      const root = Buffer.concat([home, Buffer.from('/.spec-kitty')]);
      mkdirSync(root, { recursive: true });
      const lines = `http://127.0.0.1:${port}\n${port}\n${token}\n${pid}\n`;
      writeFileSync(Buffer.concat([root, Buffer.from('/sync-daemon')]), lines);
    };

    const expectSpared = async (daemon: Daemon, reason: string): Promise<void> => {
      const { report } = await doctor(world, ['--reset']);
      expect(report.skipped).toMatchObject([{ pid: daemon.pid, skip_reason: reason }]);
      expect(daemon.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
      expect(daemon.alive()).toBe(true);
    };

    test('HOME is twice in its environment', async () => {
      const home = Buffer.from(`${world.folder}/first-home`);
      const daemon = await world.startDaemon({
        port: 9401,
        version: '3.1.4',
        root: `${world.folder}/second-home/.spec-kitty`,
        prefix: withEnvironmentEntries(Buffer.concat([Buffer.from('HOME='), home])),
      });
      recordIn(home, daemon);
      await expectSpared(daemon, 'singleton_unknown');
    });

    test('SPEC_KITTY_HOME is twice in its environment', async () => {
      const root = `${world.folder}/first-root`;
      const daemon = await world.startDaemon({
        port: 9401,
        version: '3.2.0rc44',
        root: `${world.folder}/second-root`,
        prefix: withEnvironmentEntries(Buffer.from(`SPEC_KITTY_HOME=${root}`)),
      });
      world.recordSingleton({ ...daemon, root });
      await expectSpared(daemon, 'singleton_unknown');
    });

    test('HOME is twice in its environment with the same value, which is not ambiguous', async () => {
      const home = `${world.folder}/other-home`;
      const daemon = await world.startDaemon({
        port: 9401,
        version: '3.1.4',
        root: `${home}/.spec-kitty`,
        prefix: withEnvironmentEntries(Buffer.from(`HOME=${home}`)),
      });
      world.recordSingleton(daemon);
      await expectSpared(daemon, 'live_in_other_root');
    });

    test('its HOME is not UTF-8', async () => {
      const home = Buffer.concat([Buffer.from(`${world.folder}/home-`), Buffer.from([0xff])]);
      const daemon = await world.startDaemon({
        port: 9401,
        version: '3.1.4',
        root: `${world.folder}/unused/.spec-kitty`,
        prefix: withEnvironmentEntries(Buffer.concat([Buffer.from('HOME='), home])),
      });
      recordIn(home, daemon);
      await expectSpared(daemon, 'singleton_unknown');
    });

    test('its HOME has `..` after a symbolic link', async () => {
      mkdirSync(`${world.folder}/elsewhere/inner`, { recursive: true });
      symlinkSync(`${world.folder}/elsewhere/inner`, `${world.folder}/link`);
      const home = `${world.folder}/link/../old-home`;
      const daemon = await world.startDaemon({
        port: 9401,
        version: '3.1.4',
        root: `${world.folder}/unused/.spec-kitty`,
        prefix: withEnvironmentEntries(Buffer.from(`HOME=${home}`)),
      });
      recordIn(Buffer.from(`${world.folder}/elsewhere/old-home`), daemon);
      await expectSpared(daemon, 'singleton_unknown');
    });

    test('the root in its arguments has `..` after a symbolic link', async () => {
      mkdirSync(`${world.folder}/elsewhere/inner`, { recursive: true });
      symlinkSync(`${world.folder}/elsewhere/inner`, `${world.folder}/link`);
      const daemon = await world.startDaemon({
        port: 9401,
        version: '3.2.3',
        root: `${world.folder}/link/../root`,
      });
      world.recordSingleton({ ...daemon, root: `${world.folder}/elsewhere/root` });
      await expectSpared(daemon, 'singleton_unknown');
    });

    test('its state file has line separators that only Python recognises', async () => {
      const daemon = await world.startDaemon({ port: 9401, version: '3.2.3' });
      // Python reads port 9401 and this token. A reader that splits at \n only would read port 9405 and PID 77.
      world.writeStateFile(`http://127.0.0.1:9405/\x1c9401\x1c${daemon.token}\n9405\nother\n77\n`);
      await expectSpared(daemon, 'singleton_unknown');
    });
  },
);

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Daemon } from '../support/daemons.js';
import { candidateOn, doctor, verdictOn } from '../support/doctor.js';
import { describeIf, hasFuse, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { readyDaemon, sync } from '../support/sync.js';
import { createWorld, type World } from '../support/world.js';

describeIf(
  [hasNetworkNamespace, hasPython, hasFuse],
  'a daemon whose root is on a file system that never responds',
  () => {
    let world: World;
    let root: string;
    let daemon: Daemon;
    beforeEach(async () => {
      world = await createWorld();
      mkdirSync(join(world.folder, 'far away/kitty'), { recursive: true });
      symlinkSync('far away/kitty', join(world.folder, 'kitty'));
      // The root is behind a link, so the dead file system is hit while the path is resolved.
      root = join(world.folder, 'kitty');
      daemon = await world.startDaemon({ port: 9401, version: '3.2.4', root, mounts: 'true' });
      await world.startDeadMount(daemon.pid, join(world.folder, 'far away'));
    });
    afterEach(() => world.close());

    const inItsNamespace = (): { under: readonly string[] } => ({
      under: ['nsenter', `--mount=/proc/${daemon.pid}/ns/mnt`],
    });
    const because = 'its root is on another file system (fuse.dead), which may never answer';

    test.each([
      { what: 'in our own mount namespace', options: inItsNamespace },
      { what: 'in another mount namespace', options: () => ({}) },
    ])('$what does not block doctor, and is left alone', async ({ options }) => {
      const { report } = await doctor(world, ['--reset'], options());
      expect(verdictOn(report, 9401)).toBe('operator_required root_unreadable');
      expect(candidateOn(report, 9401).evidence).toContainEqual(
        expect.objectContaining({ fact: 'root_marker', because }),
      );
      expect([daemon.alive(), daemon.journal().shutdownTokens]).toEqual([true, []]);
    });

    test('does not block the startup check of a command', async () => {
      expect(readyDaemon(await sync(world, 'now', inItsNamespace()))).toMatchObject({ how: 'started' });
    });
  },
);

describeIf(
  [hasNetworkNamespace, hasPython, isRoot],
  'a daemon whose root is on a network file system',
  () => {
    test('is examined if our own root is on the same file system, which therefore responds', async () => {
      const world = await createWorld();
      try {
        const share = join(world.folder, 'share');
        const [ours, theirs] = [join(share, 'ours'), join(share, 'theirs')];
        // The source name makes a tmpfs look like a network file system.
        const mounts = `mkdir -p ${share} && mount -t tmpfs server:/export ${share} && mkdir ${ours} ${theirs}`;
        const { pid } = await world.startDaemon({ port: 9401, version: '3.2.4', root: theirs, mounts });
        const under = ['nsenter', `--mount=/proc/${pid}/ns/mnt`];
        const fromAfar = await doctor(world, [], { under });
        expect(verdictOn(fromAfar.report, 9401)).toBe('operator_required root_unreadable');
        const fromThere = await doctor(world, [], { under, env: { SPEC_KITTY_HOME: ours } });
        expect(verdictOn(fromThere.report, 9401)).toBe('operator_required cross_root');
      } finally {
        await world.close();
      }
    });
  },
);

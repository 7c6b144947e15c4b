import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import type { Daemon } from '../support/daemons.js';
import { candidateOn, doctor, verdictOn } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { sync } from '../support/sync.js';
import { createWorld, type World } from '../support/world.js';

describeIf([hasNetworkNamespace, hasPython], 'a released daemon whose root was renamed while it ran', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(async () => {
    await world.close();
  });

  const untouched = (daemon: Daemon): object => ({
    alive: daemon.alive(),
    tokens: daemon.journal().shutdownTokens,
    leaving: daemon.journal().leaving,
  });
  const UNTOUCHED = { alive: true, tokens: [], leaving: [] };

  test.each(['3.1.4', '3.2.3', '3.2.5'])(
    '%s: is live in the folder where its log is now, and a reset leaves it alone',
    async (version) => {
      const [old, renamed] = [`${world.folder}/old/.spec-kitty`, `${world.folder}/renamed`];
      const live = await world.startDaemon({ port: 9401, version, root: old });
      const orphan = await world.startDaemon({ port: 9402, version, root: old });
      world.recordSingleton(live);
      renameSync(old, renamed);
      const { report } = await doctor(world, ['--reset']);
      expect(candidateOn(report, 9401).live_in_root).toBe(renamed);
      expect(report.skipped).toMatchObject([{ pid: live.pid, skip_reason: 'live_in_other_root' }]);
      expect(report.swept).toMatchObject([{ pid: orphan.pid }]);
      expect(untouched(live)).toEqual(UNTOUCHED);
    },
  );

  test('is explained by doctor, with the command that stops it', async () => {
    const [old, renamed] = [`${world.folder}/old/.spec-kitty`, `${world.folder}/renamed`];
    const live = await world.startDaemon({ port: 9401, version: '3.2.5', root: old });
    world.recordSingleton(live);
    renameSync(old, renamed);
    const { report } = await doctor(world);
    expect(verdictOn(report, 9401)).toBe('operator_required cross_root');
    const { evidence, remediation } = candidateOn(report, 9401);
    expect(evidence).toContainEqual(
      expect.objectContaining({
        fact: 'root_marker',
        value: 'other',
        because: `its root was renamed to ${renamed} while it ran`,
      }),
    );
    // `sync stop` in the renamed root refuses, because the daemon's command line has the old name.
    expect(remediation?.command).toBe(`kill ${live.pid}`);
    expect((await world.shell(remediation?.command ?? 'false')).code).toBe(0);
    await live.exited;
  });

  test('is the recorded singleton of the root under the new name', async () => {
    const renamed = `${world.home}/renamed`;
    const live = await world.startDaemon({ port: 9401, version: '3.2.5' });
    world.recordSingleton(live);
    renameSync(world.root, renamed);
    const { report } = await doctor(world, ['--reset'], { env: { SPEC_KITTY_HOME: renamed } });
    expect(verdictOn(report, 9401)).toBe('never_touch recorded_singleton');
    expect(untouched(live)).toEqual(UNTOUCHED);
  });

  test('is no orphan of a new root under the old name, for startup and for reset', async () => {
    const live = await world.startDaemon({ port: 9401, version: '3.2.5' });
    world.recordSingleton(live);
    renameSync(world.root, `${world.home}/backup`);
    mkdirSync(world.root);
    await sync(world, 'now');
    const { report } = await doctor(world, ['--reset']);
    expect(report.skipped).toContainEqual(
      expect.objectContaining({ pid: live.pid, skip_reason: 'live_in_other_root' }),
    );
    expect(untouched(live)).toEqual(UNTOUCHED);
    await sync(world, 'stop');
  });

  test('is an orphan if the state file in the renamed root does not name it, and a reset cleans it (pitfall 22)', async () => {
    const [old, renamed] = [`${world.folder}/old/.spec-kitty`, `${world.folder}/renamed`];
    const orphan = await world.startDaemon({ port: 9401, version: '3.2.3', root: old });
    renameSync(old, renamed);
    const { report } = await doctor(world, ['--reset']);
    expect(report.swept).toMatchObject([{ pid: orphan.pid, reason: 'cross_root' }]);
  });

  test('is found by the folder of its log if the log was removed too', async () => {
    const [old, renamed] = [`${world.folder}/old/.spec-kitty`, `${world.folder}/renamed`];
    const live = await world.startDaemon({ port: 9401, version: '3.2.5', root: old });
    world.recordSingleton(live);
    renameSync(old, renamed);
    rmSync(`${renamed}/sync-daemon.log`);
    const { report } = await doctor(world, ['--reset']);
    expect(report.skipped).toMatchObject([{ pid: live.pid, skip_reason: 'live_in_other_root' }]);
    expect(untouched(live)).toEqual(UNTOUCHED);
  });

  test('is left alone if its root may be renamed or deleted, and doctor prints the command that stops it', async () => {
    const root = `${world.folder}/old/.spec-kitty`;
    mkdirSync(root, { recursive: true });
    symlinkSync(`${world.folder}/elsewhere.log`, `${root}/sync-daemon.log`);
    const daemon = await world.startDaemon({ port: 9401, version: '3.2.5', root });
    rmSync(root, { recursive: true });
    const { report } = await doctor(world, ['--reset']);
    expect(report.skipped).toMatchObject([{ pid: daemon.pid, skip_reason: 'singleton_unknown' }]);
    expect(untouched(daemon)).toEqual(UNTOUCHED);
    expect(verdictOn(report, 9401)).toBe('operator_required root_unreadable');
    const { remediation } = candidateOn(report, 9401);
    expect(remediation).toEqual({
      command: `kill ${daemon.pid}`,
      effect: expect.stringContaining('was deleted or renamed'),
    });
    expect((await world.shell(remediation?.command ?? 'false')).code).toBe(0);
    await daemon.exited;
  });

  describeIf([isRoot], 'and hidden by a mount', () => {
    test('does not count as deleted while its log exists', async () => {
      const root = `${world.folder}/old/.spec-kitty`;
      const live = await world.startDaemon({ port: 9401, version: '3.2.5', root, mounts: 'true' });
      world.recordSingleton(live);
      const under = ['nsenter', `--mount=/proc/${live.pid}/ns/mnt`];
      await world.command([...under, 'mount', '-t', 'tmpfs', 'none', `${world.folder}/old`]);
      const { report } = await doctor(world, ['--reset'], { under });
      expect(report.skipped).toMatchObject([{ pid: live.pid, skip_reason: 'singleton_unknown' }]);
      expect(untouched(live)).toEqual(UNTOUCHED);
    });
  });
});

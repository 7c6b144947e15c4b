import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { candidateOn, doctor, verdictOn } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

describeIf(
  [hasNetworkNamespace, hasPython, isRoot],
  'daemons in another mount namespace (pitfall 12)',
  () => {
    let world: World;
    beforeEach(async () => {
      world = await createWorld();
      mkdirSync(world.root, { recursive: true });
    });
    afterEach(async () => {
      await world.close();
    });

    /** Mounts another file system at the path of the root, as in a container. */
    const otherRootAtSamePath = (): string => `mount -t tmpfs -o mode=755 none ${world.root}`;

    test('the same path is not the same root (pitfall 12)', async () => {
      const ours = await world.startDaemon({ port: 9401, version: '3.2.4' });
      const theirs = await world.startDaemon({ port: 9402, version: '3.2.4', mounts: otherRootAtSamePath() });
      const { report } = await doctor(world);
      expect(verdictOn(report, 9401)).toBe('safe_auto');
      expect(verdictOn(report, 9402)).toBe('operator_required cross_root');
      expect(candidateOn(report, 9402)).toMatchObject({ pid: theirs.pid, daemon_root: ours.root });
    });

    test('a daemon that is recorded in its own namespace is left alone', async () => {
      const theirs = await world.startDaemon({ port: 9403, version: '3.2.4', mounts: otherRootAtSamePath() });
      const lines = ['http://127.0.0.1:9403', 9403, theirs.token, theirs.pid];
      writeFileSync(`/proc/${theirs.pid}/root${world.root}/sync-daemon`, `${lines.join('\n')}\n`);
      const { report, code } = await doctor(world, ['--reset']);
      expect(report.skipped).toMatchObject([{ pid: theirs.pid, skip_reason: 'live_in_other_root' }]);
      // The path is also that of our own root, so a command with it would change our root.
      expect(candidateOn(report, 9403).remediation).toMatchObject({
        command: null,
        effect: expect.stringContaining('inside its container'),
      });
      expect({ code, alive: theirs.alive() }).toEqual({ code: 0, alive: true });
      expect(theirs.journal().shutdownTokens).toEqual([]);
    });

    test('an unusable state file in its namespace has no command that would move ours', async () => {
      const live = await world.startDaemon({ port: 9400, version: '3.2.4' });
      world.recordSingleton(live);
      const theirs = await world.startDaemon({ port: 9403, version: '3.2.4', mounts: otherRootAtSamePath() });
      writeFileSync(`/proc/${theirs.pid}/root${world.root}/sync-daemon`, 'garbage\n');
      const { report } = await doctor(world);
      expect(verdictOn(report, 9403)).toBe('operator_required cross_root');
      expect(candidateOn(report, 9403).remediation).toMatchObject({
        command: null,
        effect: expect.stringContaining('inside its container'),
      });
      for (const { remediation } of [...report.findings, ...report.candidates]) {
        expect(remediation?.command ?? '').not.toContain('sync-daemon');
      }
      const after = await doctor(world, ['--reset']);
      expect(after.report.skipped).toMatchObject([{ pid: live.pid }, { pid: theirs.pid }]);
      expect([live.alive(), theirs.alive()]).toEqual([true, true]);
    });

    test("PIDs of a container with the host's network are not taken for ours", async () => {
      const theirs = await world.startDaemon({
        port: 9405,
        version: '3.2.4',
        ownPids: true,
        mounts: otherRootAtSamePath(),
      });
      const sharing = await world.startDaemon({ port: 9406, version: '3.2.4', ownPids: true });
      const { report } = await doctor(world, ['--reset', '--only', 'safe_auto']);
      expect(verdictOn(report, 9405)).toBe('operator_required cross_root');
      // It reports its PID in its own namespace, which differs from its PID here.
      expect(verdictOn(report, 9406)).toBe('operator_required pid_port_mismatch');
      expect(candidateOn(report, 9406).pid).not.toBe(sharing.pid);
      for (const daemon of [theirs, sharing]) {
        expect(daemon.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
      }
    });

    test('a PID in its state file is a number of its own namespace, and no proof that the file names another daemon', async () => {
      const theirs = await world.startDaemon({
        port: 9405,
        version: '3.2.3',
        ownPids: true,
        mounts: otherRootAtSamePath(),
      });
      const { pid } = candidateOn((await doctor(world)).report, 9405);
      // Another port, and the daemon's PID in its own namespace: there the file may name this daemon.
      writeFileSync(
        `/proc/${String(pid)}/root${world.root}/sync-daemon`,
        `http://127.0.0.1:9499\n9499\n${theirs.pid}\n`,
      );
      const { report } = await doctor(world, ['--reset']);
      const detail = expect.stringContaining('but the process that it names may be this one');
      expect(report.skipped).toMatchObject([{ pid, skip_reason: 'singleton_unknown', detail }]);
      expect(theirs.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
    });

    test('an absolute link inside its root does not make it ours (pitfall 15)', async () => {
      const container = `${world.folder}/container`;
      mkdirSync(container);
      // In its namespace the path of the marker is a link to a path that is our root in our namespace.
      const mounts = `mount -t tmpfs none ${container} && ln -s ${world.root} ${container}/root`;
      const theirs = await world.startDaemon({
        port: 9404,
        version: '3.2.4',
        root: `${container}/root`,
        mounts,
      });
      const { report } = await doctor(world, ['--reset', '--only', 'safe_auto']);
      expect(verdictOn(report, 9404)).toBe('operator_required root_unreadable');
      expect(theirs.alive()).toBe(true);
    });
  },
);

describeIf(
  [hasNetworkNamespace, hasPython, isRoot],
  'the /proc of another PID namespace (pitfall 15)',
  () => {
    test('gives no PIDs, so nothing is signalled (pitfall 15)', async () => {
      const world = await createWorld();
      try {
        const orphan = await world.startDaemon({ port: 9406, version: '3.2.3' });
        // A new PID namespace that still has the /proc of the old one.
        const { report, code } = await doctor(world, ['--reset'], { inForeignPidNamespace: true });
        expect(verdictOn(report, 9406)).toBe('operator_required missing_pid');
        expect(report.failed).toMatchObject([{ pid: null, port: 9406, failure_reason: 'missing_pid' }]);
        expect({ code, alive: orphan.alive() }).toEqual({ code: 1, alive: true });
        expect(orphan.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
      } finally {
        await world.close();
      }
    });
  },
);

describeIf(
  [hasNetworkNamespace, hasPython, isRoot],
  'a user namespace that shows all other users with our id',
  () => {
    test.each([
      ['because it maps no id', ['unshare', '--user']],
      ['because it maps us to the overflow id', ['unshare', '--user', '--map-user=65534']],
    ])('%s: nothing is scanned', async (_why, under) => {
      const world = await createWorld();
      try {
        const theirs = await world.startDaemon({ port: 9401, version: '3.2.4', uid: 12_345 });
        const { report, code } = await doctor(world, ['--reset'], { under });
        expect(code).toBe(2);
        expect(report.scope.could_not_look).toContain('shows other users with our user id');
        expect([theirs.alive(), theirs.journal().shutdownTokens]).toEqual([true, []]);
      } finally {
        await world.close();
      }
    });
  },
);

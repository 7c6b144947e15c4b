import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { mkdirSync, rmSync } from 'node:fs';
import { candidateOn, doctor, verdictOn } from '../support/doctor.js';
import { incarnationOf } from '../support/process-table.js';
import { describeIf, hasNetworkNamespace, hasPython, hasStrace, isRoot } from '../support/requires.js';
import { REFUSING_SIGNALS } from '../support/strace.js';
import { typed } from '../support/typed.js';
import { readyDaemon, sync } from '../support/sync.js';
import { createWorld, type World } from '../support/world.js';
import { INVOCATION, isOnDarwin } from '../support/product.js';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(async () => {
  await world.close();
});

describeIf([hasNetworkNamespace, hasPython], 'reset cleans operator_required daemons (FR-009)', () => {
  test('every operator_required kind is reported with one remedy, and that remedy cleans it (AS-2, FR-009, SC-002, SC-005, pitfall 27)', async () => {
    const otherRoot = `${world.folder}/other/.spec-kitty`;
    mkdirSync(otherRoot, { recursive: true });
    const daemons = [
      await world.startDaemon({ port: 9401, version: '3.1.4' }),
      await world.startDaemon({ port: 9402, version: '3.2.3', root: otherRoot }),
      await world.startDaemon({ port: 9403, version: '3.2.3', silentSeconds: Infinity }),
      await world.startDaemon({ port: 9404, version: '3.2.3', healthPatch: { token: null } }),
      await world.startDaemon({ port: 9405, version: '3.2.4', healthPatch: { owner: { pid: 1 } } }),
      await world.startDaemon({ port: 9406, version: '3.2.4', healthPatch: { status: 'starting' } }),
    ];
    const { report } = await doctor(world);
    const verdicts = [9401, 9402, 9403, 9404, 9405, 9406].map((port) => verdictOn(report, port));
    expect(verdicts).toEqual([
      'operator_required pre_marker',
      'operator_required cross_root',
      'operator_required unresponsive',
      'operator_required missing_identity',
      'operator_required pid_port_mismatch',
      'operator_required missing_identity',
    ]);
    const targets = daemons.map(({ pid }) => `pid:${pid}@${incarnationOf(pid)}`);
    expect(report.candidates.map(({ remediation }) => remediation)).toEqual(
      [
        'too old to say which folder it serves',
        `serves ${otherRoot}, which exists`,
        'serves this folder, and does not answer',
        'serves this folder, and does not say which daemon it is',
        'serves this folder, and says something else about itself than the kernel',
        'serves this folder, and does not say which daemon it is',
      ].map((meaning, index) => ({
        command: `${INVOCATION} auth doctor --reset ${targets[index] ?? ''}`,
        effect: `${meaning}; this retires it`,
      })),
    );
    const [, , , fourth, , sixth] = targets;
    expect(report.findings).toContainEqual({
      id: 'operator_required.missing_identity',
      severity: 'attention',
      summary: '2 daemons on ports 9404, 9406 for you to decide: does not identify itself',
      remediation: {
        command: `${INVOCATION} auth doctor --reset ${String(fourth)} ${String(sixth)}`,
        effect: 'each serves this folder, and does not say which daemon it is; this retires them',
      },
    });
    const narrowed = await doctor(world, ['--reset', '--only', 'safe_auto']);
    expect(narrowed.report.swept).toEqual([]);
    expect(narrowed.code).toBe(1);

    const after = await doctor(world, ['--reset']);
    expect(after.report.swept?.map(({ port, reason }) => `${port} ${reason}`)).toEqual([
      '9401 pre_marker',
      '9402 cross_root',
      '9403 unresponsive',
      '9404 missing_identity',
      '9405 pid_port_mismatch',
      '9406 missing_identity',
    ]);
    expect(after.code).toBe(0);
    expect((await doctor(world)).report.candidates).toEqual([]);
  }, 40_000);

  test('its report says how things are after it, also if a daemon was started while it waited', async () => {
    const { pid } = await world.startDaemon({
      port: 9401,
      version: '3.2.3',
      refusesShutdown: true,
      ignoresTerm: true,
    });
    const resetting = doctor(world, ['--reset']);
    // The reset waits for the exit for seconds before it sends SIGKILL.
    await sleep(1500);
    const starting = await sync(world, 'now');
    if (isOnDarwin()) {
      expect(starting.report.outcome).toMatchObject({ kind: 'skipped', reason: 'unsupported_platform' });
      expect((await resetting).report.swept).toMatchObject([{ pid }]);
      return;
    }
    const started = readyDaemon(starting);
    const { report } = await resetting;
    const daemon = { pid: started.pid, port: started.port, state: 'healthy' };
    expect(report).toMatchObject({
      swept: [{ pid }],
      daemon,
      after: { could_not_look: null, daemon, listeners: [{ pid: started.pid, port: started.port }] },
    });
    expect(report.findings.map(({ id }) => id)).not.toContain('state_file_stale');
  });

  test('the printed command of each daemon ends that daemon and no other, and none after it (SC-002, pitfall 27)', async () => {
    await world.startDaemon({ port: 9401, version: '3.1.4' });
    const neighbour = await world.startDaemon({ port: 9402, version: '3.1.4' });
    const orphan = await world.startDaemon({ port: 9403, version: '3.2.3' });
    const { report } = await doctor(world);
    const words = candidateOn(report, 9401).remediation?.command?.split(' ').slice(3) ?? [];
    expect((await doctor(world, words)).report.swept).toMatchObject([{ port: 9401 }]);
    const later = await world.startDaemon({ port: 9401, version: '3.1.4' });
    expect((await world.run(['auth', 'doctor', ...words])).code).toBe(2);
    expect([neighbour, orphan, later].map((one) => one.alive())).toEqual([true, true, true]);
  });

  test('equal daemons are one finding with their ports as ranges, and one command for all of them', async () => {
    const daemons = await Promise.all(
      [9401, 9402, 9403, 9405].map((port) => world.startDaemon({ port, version: '3.1.4' })),
    );
    const { findings } = (await doctor(world)).report;
    expect(findings.map(({ summary }) => summary)).toEqual([
      '4 daemons on ports 9401-9403, 9405 for you to decide: release 3.1.x or older, names no root',
    ]);
    const words = findings[0]?.remediation?.command?.split(' ').slice(3) ?? [];
    expect(words).toHaveLength(1 + daemons.length);
    expect((await doctor(world, words)).report.swept?.map(({ port }) => port)).toEqual([
      9401, 9402, 9403, 9405,
    ]);
  });

  test('a daemon that may be the live one is offered the command that resolves the doubt, not a reset', async () => {
    const kinds = [
      { port: 9401, version: '3.1.4' },
      { port: 9402, version: '3.2.3', root: `${world.folder}/other/.spec-kitty` },
      { port: 9403, version: '3.2.4', healthPatch: { owner: { pid: 1 } } },
    ];
    for (const kind of kinds) await world.startDaemon(kind);
    // The state file has no PID and a port without a listener, so a scan cannot tell whether it names one of them.
    world.writeStateFile(['http://127.0.0.1:9440', 9440, 'token']);
    const { report } = await doctor(world);
    const commands = report.candidates.map(({ remediation }) => remediation?.command);
    expect(new Set(commands).size).toBe(1);
    if (isOnDarwin()) {
      // Nothing there proves that a daemon has ended, so `sync forget` refuses and is not printed.
      expect(commands[0]).toBeNull();
      expect(report.candidates[0]?.remediation?.effect).toContain('replaces it');
      return;
    }
    expect(commands[0]).toBe(`${INVOCATION} sync forget`);
    expect((await typed(world, commands[0])).code).toBe(0);
    const after = await doctor(world, ['--reset']);
    expect(after.report.swept?.map(({ port }) => port)).toEqual([9401, 9402, 9403]);
  }, 40_000);

  test('a healthy daemon with an unknown root is left alone by a reset, and doctor prints how to stop it (pitfall 27)', async () => {
    const rootless = await world.startDaemon({
      port: 9412,
      version: '3.1.4',
      prefix: ['env', '--unset=HOME'],
    });
    const { report, code } = await doctor(world, ['--reset']);
    expect(report.skipped).toMatchObject([{ pid: rootless.pid, skip_reason: 'singleton_unknown' }]);
    expect({ code, alive: rootless.alive() }).toEqual({ code: 1, alive: true });
    const remedy = candidateOn(report, 9412).remediation;
    expect(remedy?.effect).toContain('its environment has no home directory');
    expect((await world.shell(remedy?.command ?? 'false')).code).toBe(0);
    await rootless.exited;
    expect((await doctor(world)).code).toBe(0);
  });

  test('the report of a reset describes the state after it', async () => {
    const stuck = await world.startDaemon({ port: 9413, version: '3.2.4', silentSeconds: Infinity });
    world.recordSingleton(stuck);
    const { report } = await doctor(world, ['--reset']);
    if (isOnDarwin()) {
      // What a process does is not read there, so a silent daemon is not proven to be stuck.
      expect(report.skipped).toMatchObject([{ pid: stuck.pid, skip_reason: 'perhaps_busy' }]);
      expect(stuck.alive()).toBe(true);
      return;
    }
    expect(report.swept).toMatchObject([{ pid: stuck.pid }]);
    expect(report.daemon).toBeNull();
    expect(candidateOn(report, 9413).remediation).toBeNull();
  }, 40_000);

  test('--explain PORT limits the explanations only', async () => {
    for (const port of [9414, 9415]) await world.startDaemon({ port, version: '3.2.3' });
    const { report } = await doctor(world, ['--explain', '9415']);
    const explained = report.candidates.map(({ port, explanation }) => [port, explanation !== undefined]);
    expect(explained).toEqual([
      [9414, false],
      [9415, true],
    ]);
  });

  test('a daemon whose root was deleted is reported as such, and cleaned by a reset (pitfall 22)', async () => {
    const root = `${world.folder}/gone/.spec-kitty`;
    await world.startDaemon({ port: 9407, version: '3.2.4', root });
    rmSync(root, { recursive: true });
    const { report } = await doctor(world);
    if (isOnDarwin()) {
      // The open log is not read there, so the root may only have been renamed.
      expect(verdictOn(report, 9407)).toBe('operator_required root_unreadable');
      const after = await doctor(world, ['--reset']);
      expect(after.report.skipped).toMatchObject([{ port: 9407, skip_reason: 'singleton_unknown' }]);
      return;
    }
    expect(verdictOn(report, 9407)).toBe('operator_required cross_root');
    expect(candidateOn(report, 9407).evidence).toContainEqual(
      expect.objectContaining({ fact: 'root_exists', value: 'no', because: 'its root has been deleted' }),
    );
    expect((await doctor(world, ['--reset'])).report.swept).toMatchObject([{ port: 9407 }]);
  });

  test('SIGTERM follows a refused request, and SIGKILL an ignored SIGTERM, through the pidfd', async () => {
    const needsTerm = await world.startDaemon({ port: 9408, version: '3.2.3', refusesShutdown: true });
    const needsKill = await world.startDaemon({
      port: 9409,
      version: '3.2.3',
      refusesShutdown: true,
      ignoresTerm: true,
    });
    const { report, code } = await doctor(world, ['--reset']);
    expect(report.swept?.map(({ pid, cleanup_path: path }) => [pid, path])).toEqual([
      [needsTerm.pid, 'terminate'],
      [needsKill.pid, 'kill'],
    ]);
    expect(report.scope.fence).toEqual({ kind: isOnDarwin() ? 'audit_token' : 'pidfd', why: null });
    expect(code).toBe(0);
  }, 40_000);

  test('a failure is one entry and stops nothing else: without koffi a daemon that refuses the request is reported and not signalled (pitfalls 24 and 25)', async () => {
    const needsKill = await world.startDaemon({
      port: 9410,
      version: '3.2.3',
      refusesShutdown: true,
      ignoresTerm: true,
    });
    const good = await world.startDaemon({ port: 9411, version: '3.2.3' });
    const { report, code } = await doctor(world, ['--reset'], { withoutKoffi: true });
    expect(report.scope.fence?.kind).toBe('none');
    expect(report.swept).toMatchObject([{ pid: good.pid }]);
    expect(report.failed).toMatchObject([{ pid: needsKill.pid, failure_reason: 'cannot_hold' }]);
    expect({ code, needsKill: needsKill.alive() }).toEqual({ code: 1, needsKill: true });
    expect(needsKill.journal().leaving).toEqual([]);
    expect(report.failed?.[0]?.detail).toContain('it refused the shutdown request (HTTP status 403)');
    // Another reset would fail again, so the printed command is `kill`.
    const remedies = [...report.candidates, ...report.findings].flatMap(
      ({ remediation }) => remediation ?? [],
    );
    expect(remedies.map(({ command }) => command)).toEqual(Array(2).fill(`kill ${needsKill.pid}`));
  }, 40_000);
});

describeIf([hasNetworkNamespace, hasPython, isRoot], 'daemons of other users', () => {
  const other = 12_345;

  test("root does not stop another user's daemon, and does not look for its process (pitfall 15)", async () => {
    const theirs = await world.startDaemon({ port: 9412, version: '3.2.3', uid: other });
    const { report } = await doctor(world);
    expect(verdictOn(report, 9412)).toBe('operator_required other_user');
    expect(candidateOn(report, 9412).remediation?.command).toBe(
      `sudo -H -u '#12345' env PATH="$PATH" ${INVOCATION} auth doctor --reset`,
    );
    const after = await doctor(world, ['--reset']);
    expect(after.report.failed).toMatchObject([{ pid: null, port: 9412, failure_reason: 'other_user' }]);
    expect({ code: after.code, alive: theirs.alive() }).toEqual({ code: 1, alive: true });
    expect(theirs.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
  });

  test("an ordinary user sees root's daemon without its PID", async () => {
    const roots = await world.startDaemon({ port: 9413, version: '3.2.3' });
    const { report, code } = await doctor(world, ['--reset'], { uid: other });
    expect(verdictOn(report, 9413)).toBe('operator_required other_user');
    expect(report.failed).toMatchObject([{ pid: null, port: 9413, failure_reason: 'other_user' }]);
    expect({ code, alive: roots.alive() }).toEqual({ code: 1, alive: true });
    expect(roots.journal().shutdownTokens).toEqual([]);
  });

  test("another user's daemon is information with exit code 0, and fails a reset only", async () => {
    await world.startDaemon({ port: 9417, version: '3.2.3', uid: other });
    const { report, code } = await doctor(world);
    expect(report.findings).toMatchObject([{ id: 'operator_required.other_user', severity: 'info' }]);
    expect(code).toBe(0);
    expect((await doctor(world, ['--reset'])).code).toBe(1);
  });

  test("the printed remedy works: the daemon's own user cleans it (pitfall 27)", async () => {
    await world.startDaemon({ port: 9414, version: '3.2.3', uid: other });
    const { report, code } = await doctor(world, ['--reset'], { uid: other });
    expect(report.swept).toMatchObject([{ port: 9414, reason: 'proven_orphan' }]);
    expect(code).toBe(0);
  });

  test('a daemon with our effective user and the real user of another is left alone, even by root', async () => {
    const mixed = await world.startDaemon({ port: 9415, version: '3.2.3', realUid: other });
    const good = await world.startDaemon({ port: 9416, version: '3.2.3' });
    const { report, code } = await doctor(world, ['--reset']);
    expect(report.failed).toMatchObject([{ pid: null, port: 9415, failure_reason: 'missing_pid' }]);
    expect(report.swept).toMatchObject([{ pid: good.pid }]);
    expect({ code, alive: mixed.alive() }).toEqual({ code: 1, alive: true });
    expect(mixed.journal().shutdownTokens).toEqual([]);
  });
});

describeIf(
  [hasNetworkNamespace, hasPython, hasStrace],
  'an own daemon that the system refuses to signal',
  () => {
    test('is in failed[] with the error, and the exit code is 1 (AS-4, pitfalls 28 and 42)', async () => {
      const shielded = await world.startDaemon({ port: 9415, version: '3.2.3', refusesShutdown: true });
      const good = await world.startDaemon({ port: 9416, version: '3.2.3' });
      const { report, code } = await doctor(world, ['--reset'], { under: REFUSING_SIGNALS });
      expect(report.failed).toMatchObject([
        { pid: shielded.pid, port: 9415, failure_reason: 'not_permitted', detail: 'SIGTERM: EPERM' },
      ]);
      expect(report.swept).toMatchObject([{ pid: good.pid }]);
      expect({ code, alive: shielded.alive() }).toEqual({ code: 1, alive: true });
    });
  },
);

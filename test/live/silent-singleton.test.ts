import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { DoctorReport, Remediation } from '../../src/report/report.js';
import type { Daemon, DaemonOptions } from '../support/daemons.js';
import type { Running } from '../support/fixtures.js';
import { candidateOn, doctor } from '../support/doctor.js';
import { canFreeze, freeze } from '../support/freezer.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot, python } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

/** A reset probes a silent recorded daemon for 10 s. */
const RESET_TIMEOUT_MS = 60_000;
const OTHER_USER = 12_345;

/** Released daemons serve one connection after the other (docs/released-daemons.md). */
const RELEASED = { version: '3.2.5', oneAtATime: true } as const;

describeIf([hasNetworkNamespace, hasPython], 'a stuck recorded daemon (pitfall 3)', () => {
  test(
    'is reset, even after earlier probes of doctor timed out',
    async () => {
      const world = await createWorld();
      try {
        const stuck = await world.startDaemon({ ...RELEASED, port: 9404, silentSeconds: Infinity });
        world.recordSingleton(stuck);
        await doctor(world);
        await doctor(world);
        const { report } = await doctor(world, ['--reset']);
        expect(report.swept).toMatchObject([{ pid: stuck.pid, cleanup_path: 'terminate' }]);
        expect(stuck.alive()).toBe(false);
      } finally {
        await world.close();
      }
    },
    RESET_TIMEOUT_MS,
  );
});

/** One reset for all daemons, because it probes for 10 s. */
describeIf([hasNetworkNamespace, hasPython, isRoot], 'a recorded daemon that is silent but not stuck', () => {
  let world: World;
  let report: DoctorReport;
  const daemons = new Map<string, Daemon>();
  let tracer: Running;
  const undo: (() => void)[] = [];

  /** Starts a daemon that is recorded in a root of its own. */
  const start = async (name: string, options: Omit<DaemonOptions, 'root' | 'version'>): Promise<Daemon> => {
    const root = `${world.folder}/${name}`;
    const daemon = await world.startDaemon({ ...RELEASED, root, ...options });
    world.recordSingleton(daemon);
    daemons.set(name, daemon);
    return daemon;
  };
  const daemon = (name: string): Daemon => {
    const found = daemons.get(name);
    if (!found) throw new Error(`no daemon is called ${name}`);
    return found;
  };

  beforeAll(async () => {
    world = await createWorld();
    await world.startPlainHttp(9500);
    await start('uploading', { port: 9401, silentSeconds: Infinity, busyWith: 'upload:9500' });
    await start('computing', { port: 9402, silentSeconds: Infinity, busyWith: 'compute' });
    (await start('stopped', { port: 9403 })).signal('SIGSTOP');
    const traced = await start('traced', { port: 9404, silentSeconds: Infinity });
    tracer = await world.startProgram('tracer.py', [traced.pid]);
    await start('dribbled at', { port: 9405 });
    const dribbled = await world.command([
      'setpriv',
      `--reuid=${OTHER_USER}`,
      '--clear-groups',
      python,
      DRIBBLE,
      '9405',
    ]);
    expect(dribbled).toMatchObject({ code: 0, stderr: '' });
    await start('called', { port: 9406 });
    await world.startProgram('idle_caller.py', [9406], { uid: OTHER_USER });
    await start('forwarded to', { port: 9408 });
    await world.startRelay(9501, 9408);
    await world.startProgram('idle_caller.py', [9501], { uid: OTHER_USER });
    if (canFreeze.met) undo.push(freeze((await start('frozen', { port: 9407 })).pid));
    // Started last: it ignores SIGTERM, and answers again before SIGKILL would follow.
    await start('recovering', { port: 9409, silentSeconds: 13, ignoresTerm: true });
    ({ report } = await doctor(world, ['--reset']));
  }, RESET_TIMEOUT_MS);
  afterAll(async () => {
    for (const each of undo) each();
    await world.close();
  });

  /** Expects that nothing was sent to the daemon and that the report has the reason. @returns its remedy */
  const expectLeftAlone = (name: string, reason: string, detail: string | RegExp): Remediation | null => {
    const { pid, port, alive, journal } = daemon(name);
    expect(report.skipped).toContainEqual({
      pid,
      port,
      cleanup_class: 'operator_required',
      skip_reason: reason,
      detail: typeof detail === 'string' ? expect.stringContaining(detail) : expect.stringMatching(detail),
    });
    expect({ alive: alive(), ...journal() }).toMatchObject({
      alive: true,
      shutdownTokens: [],
      leaving: [],
    });
    return candidateOn(report, port).remediation;
  };

  test('is left alone while it uploads', () => {
    const detail = 'it has a connection of its own to 127.0.0.1:9500 open, perhaps an upload';
    expectLeftAlone('uploading', 'perhaps_busy', detail);
  });

  test('is left alone while it uses CPU time; the printed command stops it (pitfall 27)', async () => {
    const remedy = expectLeftAlone(
      'computing',
      'perhaps_busy',
      /^it used CPU time while it was watched$|^it is running or waiting for a CPU$/,
    );
    expect(remedy).toMatchObject({
      command: `kill ${daemon('computing').pid}`,
      effect: expect.stringContaining('cut off'),
    });
    await world.shell(remedy?.command ?? 'false');
    await daemon('computing').exited;
  });

  test('is left alone while data of a connection that another user closed is still being delivered (pitfall 3)', () => {
    const detail = /^it has connections from 127\.0\.0\.1:\d+ \(user unknown\), which may keep it busy$/;
    const remedy = expectLeftAlone('dribbled at', 'kept_busy', detail);
    expect(remedy).toMatchObject({ command: `kill ${daemon('dribbled at').pid}` });
  });

  test('is left alone while another user has a connection open, and the report names that user', () => {
    expectLeftAlone('called', 'kept_busy', `(user ${OTHER_USER})`);
  });

  test('is left alone while another user is connected through a port forward of its own user', () => {
    expectLeftAlone('forwarded to', 'kept_busy', /^it has connections from 127\.0\.0\.1:\d+ \(user \d+\)/);
  });

  test('gets no SIGKILL when it answers again after SIGTERM', () => {
    const { pid, alive, journal } = daemon('recovering');
    expect(report.skipped).toContainEqual(
      expect.objectContaining({ pid, skip_reason: 'live_in_other_root' }),
    );
    expect({ alive: alive(), ...journal() }).toMatchObject({ alive: true, leaving: [] });
  });

  test('is left alone while it is stopped by SIGSTOP, and the printed command resumes it', async () => {
    const { pid, port } = daemon('stopped');
    const remedy = expectLeftAlone('stopped', 'suspended', 'it is stopped');
    expect(remedy).toMatchObject({ command: `kill -CONT ${pid}` });
    // Doctor reports it without a reset.
    const before = await doctor(world);
    expect(candidateOn(before.report, port)).toMatchObject({ remediation: remedy });
    await world.shell(remedy?.command ?? 'false');
    const after = await doctor(world);
    expect(candidateOn(after.report, port)).toMatchObject({ live_in_root: daemon('stopped').root });
  });

  test('is left alone while a debugger traces it, and the report names the debugger', () => {
    const { pid } = tracer;
    const remedy = expectLeftAlone('traced', 'suspended', `process ${pid} traces it, as a debugger does`);
    expect(remedy).toMatchObject({ command: `ps -fp ${pid}` });
  });

  describeIf([canFreeze], 'and frozen', () => {
    test('is left alone, and the printed command thaws it', async () => {
      const remedy = expectLeftAlone('frozen', 'suspended', 'its control group is frozen');
      expect(remedy?.command).toMatch(/^echo \w+ \| sudo tee \S+$/);
      // The test runs as root, and sudo(8) may not be installed.
      await world.shell((remedy?.command ?? 'false').replace('sudo ', ''));
      const after = await doctor(world);
      expect(candidateOn(after.report, daemon('frozen').port)).toMatchObject({
        live_in_root: daemon('frozen').root,
      });
    });
  });
});

const DRIBBLE = new URL('../fixtures/python/dribble.py', import.meta.url).pathname;

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Daemon, DaemonOptions } from '../support/daemons.js';
import { doctor, verdictOn } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

describeIf([hasNetworkNamespace, hasPython], 'a listener that does not belong to exactly one process', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  /** Starts daemons on one port, resets, and expects that no daemon got a request or signal. */
  const resetAmong = async (port: number, options: readonly Partial<DaemonOptions>[]) => {
    const daemons: Daemon[] = [];
    for (const option of options) {
      daemons.push(await world.startDaemon({ port, version: '3.2.3', ...option }));
    }
    const before = await doctor(world);
    const { report, code } = await doctor(world, ['--reset']);
    for (const daemon of daemons) {
      expect(daemon.alive()).toBe(true);
      expect(daemon.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
    }
    return { before: before.report, report, code };
  };

  test('is never_touch when two daemons share its address by SO_REUSEPORT', async () => {
    const { before, report, code } = await resetAmong(9401, [{ sharesPort: true }, { sharesPort: true }]);
    const twin = { port: 9401, pid: null, cleanup_class: 'never_touch', skip_reason: 'not_spec_kitty' };
    expect(before.candidates).toMatchObject([twin, twin]);
    expect(report.skipped).toHaveLength(2);
    expect(code).toBe(0);
  });

  test('has no PID when one of the two sockets uses the IPv4-mapped IPv6 address', async () => {
    const { before, code } = await resetAmong(9401, [
      { sharesPort: true },
      { sharesPort: true, address: '::ffff:127.0.0.1' },
    ]);
    expect(before.candidates.map(({ pid }) => pid)).toEqual([null, null]);
    expect(code).toBe(0);
  });

  test('is missing_pid when two processes own its socket (pitfall 20)', async () => {
    const { before, report, code } = await resetAmong(9402, [{ sharesSocket: 'openly' }]);
    expect(verdictOn(before, 9402)).toBe('operator_required missing_pid');
    expect(report.failed).toMatchObject([{ pid: null, port: 9402, failure_reason: 'missing_pid' }]);
    expect(code).toBe(1);
  });
});

describeIf([hasNetworkNamespace, hasPython], 'one process that listens on two ports', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  test('is retired once, for the port that it was started for', async () => {
    const daemon = await world.startDaemon({ port: 9402, version: '3.2.3', alsoOn: 9401 });
    const before = (await doctor(world)).report;
    expect(verdictOn(before, 9401)).toBe('operator_required pid_port_mismatch');
    expect(verdictOn(before, 9402)).toBe('safe_auto');
    const { report, code } = await doctor(world, ['--reset']);
    expect(report.swept).toMatchObject([
      { pid: daemon.pid, port: 9401, cleanup_path: 'already_gone' },
      { pid: daemon.pid, port: 9402, cleanup_path: 'http_shutdown' },
    ]);
    expect(daemon.journal()).toMatchObject({ shutdownTokens: [daemon.token], leaving: ['shutdown'] });
    expect(code).toBe(0);
  });

  test('needs no attention for its second port after it was swept', async () => {
    await world.startDaemon({ port: 9401, version: '3.2.3', alsoOn: 9402 });
    const { report, code } = await doctor(world, ['--reset', '--only', 'safe_auto']);
    expect(report.swept).toMatchObject([{ port: 9401 }]);
    expect(report.skipped).toMatchObject([{ port: 9402, skip_reason: 'pid_port_mismatch' }]);
    expect({ findings: report.findings.filter(({ severity }) => severity === 'attention'), code }).toEqual({
      findings: [],
      code: 0,
    });
  });

  test('is spared for both ports if it is the live daemon on one', async () => {
    const live = await world.startDaemon({ port: 9401, version: '3.2.4', alsoOn: 9402 });
    world.writeStateFile(['http://127.0.0.1:9401', 9401, live.token, live.pid]);
    const { report } = await doctor(world, ['--reset']);
    expect(report.swept).toEqual([]);
    expect(report.skipped).toMatchObject([
      { port: 9401, skip_reason: 'recorded_singleton' },
      { port: 9402, skip_reason: 'singleton_unknown' },
    ]);
    expect(live.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
  });

  test('is spared for both ports if another process listens on one of them too', async () => {
    const shared = { version: '3.2.3', sharesPort: true } as const;
    const daemon = await world.startDaemon({ ...shared, port: 9402, alsoOn: 9401 });
    await world.startDaemon({ ...shared, port: 9401 });
    const { report } = await doctor(world, ['--reset']);
    expect(report.swept).toEqual([]);
    expect(report.skipped).toMatchObject([
      { port: 9401, pid: null },
      { port: 9401, pid: null },
      { port: 9402, pid: daemon.pid, skip_reason: 'missing_pid' },
    ]);
    expect(daemon.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
  });

  test('gets one shutdown request if it does not exit', async () => {
    const refusing = await world.startDaemon({
      port: 9401,
      version: '3.2.3',
      alsoOn: 9402,
      refusesShutdown: true,
    });
    const { report } = await doctor(world, ['--reset'], { withoutKoffi: true });
    expect(report.failed).toMatchObject([
      { port: 9401, failure_reason: 'cannot_hold' },
      { port: 9402, failure_reason: 'cannot_hold' },
    ]);
    expect(refusing.journal().shutdownTokens).toEqual([refusing.token]);
  });
});

describeIf([hasNetworkNamespace, hasPython, isRoot], 'a second socket owner that is hard to detect', () => {
  const user = 12_345;
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  test('a child process of another user makes the daemon missing_pid for root too', async () => {
    const daemon = await world.startDaemon({ port: 9401, version: '3.2.3', sharesSocket: user });
    const { report } = await doctor(world, ['--reset']);
    expect(report.failed).toMatchObject([{ port: 9401, failure_reason: 'missing_pid' }]);
    expect(daemon.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
  });

  test.each([
    ['a child process that may not be inspected', 'hidden'],
    ['such a child whose parent has exited, in the session of the daemon', 'adopted'],
    ['such a child in a session of its own', 'apart'],
  ] as const)(
    '%s makes its daemon missing_pid, and no other daemon of the user',
    async (_what, sharesSocket) => {
      const hiding = await world.startDaemon({
        port: 9401,
        version: '3.2.3',
        uid: user,
        sharesSocket,
      });
      const plain = await world.startDaemon({ port: 9402, version: '3.2.3', uid: user });
      const { report } = await doctor(world, ['--reset'], { uid: user });
      const detail = expect.stringContaining('may hold this socket too');
      expect(report.failed).toMatchObject([{ port: 9401, failure_reason: 'missing_pid', detail }]);
      expect(hiding.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
      expect(report.swept).toMatchObject([{ pid: plain.pid }]);
    },
  );
});

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { candidateOn, doctor, verdictOn } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

/** Every form of doctor, in order of effect. */
const COMMANDS = [
  [],
  ['--explain'],
  ['--reset', '--dry-run'],
  ['--reset', '--only', 'safe_auto'],
  ['--reset'],
];

describeIf([hasNetworkNamespace, hasPython], 'processes that no command may stop', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(async () => {
    await world.close();
  });

  const runEverything = async (): Promise<void> => {
    for (const words of COMMANDS) await doctor(world, words);
  };

  test('a port forward to the live daemon, and the live daemon behind it (pitfall 15)', async () => {
    const live = await world.startDaemon({ port: 9401, version: '3.2.4' });
    world.recordSingleton(live);
    const relay = await world.startRelay(9410, 9401);
    await runEverything();
    const { report } = await doctor(world);
    expect(verdictOn(report, 9401)).toBe('never_touch recorded_singleton');
    expect(verdictOn(report, 9410)).toBe('never_touch relayed_answer');
    expect(candidateOn(report, 9410)).toMatchObject({ pid: relay.pid, package_version: null });
    expect([live.alive(), relay.alive()]).toEqual([true, true]);
    expect(live.journal().shutdownTokens).toEqual([]);
  });

  test('a listener whose answer names another process, and that process (pitfall 7)', async () => {
    const victim = await world.startPlainHttp(9500);
    const impostor = await world.startHostile(9402, 'impostor', victim.pid);
    await runEverything();
    expect(verdictOn((await doctor(world)).report, 9402)).toBe('never_touch relayed_answer');
    expect([victim.alive(), impostor.alive()]).toEqual([true, true]);
  });

  test('third-party servers on ::1 and 127.0.0.2 with the port of a daemon that is swept (pitfall 8)', async () => {
    const daemon = await world.startDaemon({ port: 9403, version: '3.2.3' });
    const sixth = await world.startPlainHttp(9403, { address: '::1' });
    const second = await world.startPlainHttp(9403, { address: '127.0.0.2' });
    const { report, code } = await doctor(world, ['--reset']);
    expect(code).toBe(0);
    expect(verdictOn(report, 9403, '::1')).toBe('never_touch third_party');
    expect(verdictOn(report, 9403, '127.0.0.2')).toBe('never_touch third_party');
    expect(report.swept).toMatchObject([{ pid: daemon.pid }]);
    expect([daemon.alive(), sixth.alive(), second.alive()]).toEqual([false, true, true]);
  });

  test('an editor whose arguments mention a daemon, a dashboard, a silent server (C-004, pitfall 10)', async () => {
    const mention = [
      '-c',
      "from specify_cli.sync.daemon import run_sync_daemon\nrun_sync_daemon(9404, 'x')\n",
    ];
    const editor = await world.startPlainHttp(9404, {
      extraArguments: [...mention, `--spec-kitty-daemon-root=${world.root}`],
    });
    const dashboard = await world.startDashboard({ port: 9405 });
    const silent = await world.startSilent([9406, 9407]);
    await runEverything();
    const { report } = await doctor(world);
    expect(verdictOn(report, 9404)).toBe('never_touch third_party');
    expect(verdictOn(report, 9405)).toBe('never_touch dashboard_family');
    expect(verdictOn(report, 9406)).toBe('never_touch not_spec_kitty');
    expect([editor, dashboard, silent].every((process) => process.alive())).toBe(true);
  });

  test('the live daemon of a second root (pitfall 11), while an orphan of that root is swept (NFR-004)', async () => {
    const root = `${world.folder}/second/.spec-kitty`;
    const live = await world.startDaemon({ port: 9408, version: '3.2.4', root });
    const orphan = await world.startDaemon({ port: 9409, version: '3.2.4', root });
    world.recordSingleton(live);
    const { report } = await doctor(world);
    expect(verdictOn(report, 9408)).toBe('operator_required cross_root');
    expect(candidateOn(report, 9408).live_in_root).toBe(root);
    const after = await doctor(world, ['--reset']);
    expect(after.report.swept).toMatchObject([{ pid: orphan.pid, reason: 'cross_root' }]);
    expect(after.report.skipped).toMatchObject([{ pid: live.pid, skip_reason: 'live_in_other_root' }]);
    expect(after.code).toBe(0);
    expect([live.alive(), orphan.alive()]).toEqual([true, false]);
    expect(live.journal().shutdownTokens).toEqual([]);
  });

  test('a pre-marker daemon that is recorded in its own home', async () => {
    const root = `${world.folder}/old-home/.spec-kitty`;
    const live = await world.startDaemon({ port: 9411, version: '3.1.4', root });
    world.recordSingleton(live);
    const { report } = await doctor(world, ['--reset']);
    expect(verdictOn(report, 9411)).toBe('operator_required pre_marker');
    expect(report.skipped).toMatchObject([{ skip_reason: 'live_in_other_root' }]);
    expect(live.alive()).toBe(true);
  });

  const behaviours = [
    'byte-a-second',
    'endless-body',
    'endless-headers',
    'huge-content-length',
    'broken-json',
    'deep-json',
    'terminal-escapes',
    'not-json',
    'server-error',
    'hangs-up',
    'dashboard',
  ] as const;
  test('servers with hostile answers, which do not reach the terminal (pitfalls 32 and 33)', async () => {
    const redirectTarget = await world.startPlainHttp(9440);
    const servers = await Promise.all(
      behaviours.map((behaviour, index) => world.startHostile(9412 + index, behaviour)),
    );
    servers.push(await world.startHostile(9430, 'redirect', 9440));
    await runEverything();
    const { report } = await doctor(world);
    expect(report.candidates).toHaveLength(servers.length + 1);
    expect(new Set(report.candidates.map(({ cleanup_class: found }) => found))).toEqual(
      new Set(['never_touch']),
    );
    expect([...servers, redirectTarget].every((server) => server.alive())).toBe(true);
    for (const words of [[], ['--explain'], ['--json'], ['--reset']]) {
      const { stdout, stderr } = await world.run(['auth', 'doctor', ...words]);
      // eslint-disable-next-line no-control-regex -- exactly these must not come through
      expect(stdout + stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    }
  });

  test('hostile text in the answer of a real daemon is escaped in every output (pitfall 33)', async () => {
    const version = '3.2.4\u001b]0;owned\u0007\u009b2J\u202e';
    await world.startDaemon({ port: 9431, version: '3.2.4', healthPatch: { package_version: version } });
    const { stdout } = await world.run(['auth', 'doctor']);
    expect(stdout).toContain(String.raw`3.2.4\u{1b}\]0\;owned\u{7}\u{9b}2J\u{202e}`);
    const json = await world.run(['auth', 'doctor', '--json']);
    // eslint-disable-next-line no-control-regex -- exactly these must not come through
    expect(json.stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    expect(json.stdout).toContain(String.raw`\u202e`);
  });

  test('fifty silent listeners are probed concurrently, and all are in the report (AS-3, FR-004, SC-003, pitfall 36)', async () => {
    const ports = Array.from({ length: 50 }, (_, index) => 9400 + index);
    const silent = await world.startSilent(ports);
    const { report, code, ms } = await doctor(world);
    expect(code).toBe(1);
    expect(report.candidates.map(({ port }) => port)).toEqual(ports);
    expect(report.findings).toMatchObject([{ id: 'range_full' }]);
    // Serial probes would take 25 s. The benchmark checks the exact time.
    expect(ms).toBeLessThan(5000);
    expect(silent.alive()).toBe(true);
  });
});

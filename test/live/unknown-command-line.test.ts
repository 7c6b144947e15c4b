import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Daemon, DaemonOptions } from '../support/daemons.js';
import { candidateOn, doctor, verdictOn } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { readyDaemon, sync } from '../support/sync.js';
import { createWorld, type World } from '../support/world.js';

const UNKNOWN = 'never_touch unknown_command_line';
const DEBUGGER = ['-X', 'frozen_modules=off'];
const SECRET = '--password=hunter2';

describeIf([hasNetworkNamespace, hasPython], 'a released daemon with a command line of no release', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(async () => {
    await world.close();
  });

  const debugged = (options: Partial<DaemonOptions> = {}): Promise<Daemon> =>
    world.startDaemon({ port: 9401, version: '3.2.5', pythonOptions: DEBUGGER, ...options });

  test.each(['3.2.0', '3.2.3', '3.2.4', '3.2.6rc2'])(
    'is a finding that says what is unusual and what to do by hand: %s (pitfall 15)',
    async (version) => {
      const daemon = await debugged({ version });
      const { report, code } = await doctor(world);
      expect(code).toBe(1);
      expect(verdictOn(report, 9401)).toBe(UNKNOWN);
      const remediation = {
        command: `ps -ww -o pid,user,lstart,command -p ${daemon.pid}`,
        effect: expect.stringContaining(`\`kill ${daemon.pid}\` retires it`) as unknown,
      };
      expect(candidateOn(report, 9401)).toMatchObject({
        daemon_family: 'sync',
        pid: daemon.pid,
        package_version: version,
        daemon_root: world.root,
        spawn_shape: 'unfamiliar',
        remediation,
      });
      const summary =
        'port 9401: its answer names this process, but arguments 1 and 2 of its command line are of no release; ' +
        'no spec-kitty command retires it';
      expect(report.findings).toEqual([
        { id: 'unknown_command_line', severity: 'attention', summary, remediation },
      ]);
      const { stdout } = await world.run(['auth', 'doctor']);
      expect(stdout).toContain(summary);
      expect(stdout).toContain(remediation.command);
      expect(stdout).toContain('? needs you');
      expect(stdout).not.toContain('Nothing needs attention');
    },
  );

  test('is left alone by a start, by every reset and by a stop (NFR-003)', async () => {
    const old = await debugged({ version: '3.2.2' });
    const named = await debugged({ port: 9402 });
    const orphan = await world.startDaemon({ port: 9403, version: '3.2.5' });
    for (const words of [['--reset', '--dry-run'], ['--reset', '--only', 'safe_auto'], ['--reset']]) {
      const { report, code } = await doctor(world, words);
      expect(code).toBe(1);
      expect([verdictOn(report, 9401), verdictOn(report, 9402)]).toEqual([UNKNOWN, UNKNOWN]);
    }
    expect(orphan.alive()).toBe(false);
    const { port } = readyDaemon(await sync(world, 'start'));
    expect([9401, 9402]).not.toContain(port);
    expect((await sync(world, 'stop')).code).toBe(0);
    expect([old.alive(), named.alive()]).toEqual([true, true]);
    expect([old, named].flatMap((daemon) => daemon.journal().shutdownTokens)).toEqual([]);
  });

  test('is the live daemon where its root records it, and then needs nothing', async () => {
    const daemon = await debugged();
    world.recordSingleton(daemon);
    const { report, code } = await doctor(world, ['--reset']);
    expect({ code, verdict: verdictOn(report, 9401) }).toEqual({
      code: 0,
      verdict: 'never_touch recorded_singleton',
    });
    expect(daemon.alive()).toBe(true);
  });

  test('is told from a port forward to it, and from a forward whose arguments name its root (pitfall 15)', async () => {
    const daemon = await debugged();
    await world.startRelay(9410, 9401);
    await world.startProgram('relay.py', [9411, 9401, `--spec-kitty-daemon-root=${daemon.root}`]);
    const { report } = await doctor(world);
    expect(verdictOn(report, 9401)).toBe(UNKNOWN);
    expect(verdictOn(report, 9410)).toBe('never_touch relayed_answer');
    expect(verdictOn(report, 9411)).toBe('never_touch relayed_answer');
    expect(report.findings).toHaveLength(1);
  });

  test('shows no argument of its own and no token, in any format or saved scan', async () => {
    const daemon = await debugged({ extraArguments: [SECRET] });
    const older = await debugged({ port: 9402, version: '3.2.3', extraArguments: [SECRET] });
    const saved = `${world.folder}/facts.json`;
    const live = await doctor(world, ['--explain', '--save-facts', saved]);
    const shown = [live.stdout, readFileSync(saved, 'utf8')];
    for (const words of [[], ['--explain'], ['--reset'], ['--format', 'openmetrics']])
      shown.push((await world.run(['auth', 'doctor', ...words])).stdout);
    for (const text of shown) {
      for (const secret of [SECRET, DEBUGGER[1], daemon.token, older.token])
        expect(text).not.toContain(secret);
    }
    expect(shown[0]).toContain('arguments 1, 2 and 7 of its command line are of no release');

    const replayed = await doctor(world, ['--explain', '--facts', saved]);
    expect(replayed.code).toBe(1);
    expect(replayed.report.candidates).toEqual(live.report.candidates);
  });

  test('is judged as before in a saved scan of 3.3.0, which has only hashes of its arguments', async () => {
    await debugged();
    const saved = `${world.folder}/facts.json`;
    await doctor(world, ['--save-facts', saved]);
    const scan = JSON.parse(readFileSync(saved, 'utf8')) as object;
    const hashed = JSON.stringify(scan, (key, value: unknown) =>
      key === 'elements' ? (value as readonly string[]).map((_, index) => String(index).repeat(32)) : value,
    );
    expect(hashed).not.toContain('run_sync_daemon');
    writeFileSync(saved, hashed);
    const { report, code } = await doctor(world, ['--facts', saved]);
    expect({ code, verdict: verdictOn(report, 9401) }).toEqual({
      code: 0,
      verdict: 'never_touch relayed_answer',
    });
  });

  test('is judged as before under a policy of 3.3.0', async () => {
    const daemon = await debugged();
    const policy = `${world.folder}/policy.yaml`;
    const shipped = readFileSync('policy/sync.yaml', 'utf8');
    const older = shipped
      .replace(', unfamiliar]', ']')
      .replace(/ {2}- id: unknown-command-line\n(?: {4}.*\n)+\n/, '');
    expect(older).not.toMatch(/unfamiliar|unknown.command.line/);
    writeFileSync(policy, older);
    const { report, code } = await doctor(world, ['--policy', policy, '--reset']);
    expect({ code, verdict: verdictOn(report, 9401) }).toEqual({
      code: 0,
      verdict: 'never_touch relayed_answer',
    });
    expect(daemon.alive()).toBe(true);
  });

  test.each([
    ['3.1.x, which names no root', { version: '3.1.4' }],
    ['in a PID namespace of its own, where its PID is another', { ownPids: true }],
  ])('is like a port forward, and left alone: %s', async (_name, options) => {
    await debugged(options);
    const { report, code } = await doctor(world, ['--reset']);
    expect({ code, verdict: verdictOn(report, 9401) }).toEqual({
      code: 0,
      verdict: 'never_touch relayed_answer',
    });
  });
});

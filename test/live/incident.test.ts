import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readFileSync, realpathSync } from 'node:fs';
import { candidateOn, doctor } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython, python } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';
import { INVOCATION } from '../support/product.js';

describeIf([hasNetworkNamespace, hasPython], 'the incident: 18 daemons, one root, no state file', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(async () => {
    await world.close();
  });

  test('doctor proves all 18 to be orphans, and touches none (FR-004, FR-008, pitfall 17)', async () => {
    const daemons = await world.startIncident('quick');
    const { report, code } = await doctor(world);
    expect(code).toBe(1);
    expect(report.candidates.map(({ cleanup_class: found }) => found)).toEqual(Array(18).fill('safe_auto'));
    for (const { port, pid, root } of daemons) {
      expect(candidateOn(report, port)).toMatchObject({ pid, daemon_root: root, skip_reason: null });
    }
    expect(report.findings).toMatchObject([
      {
        id: 'orphaned_daemons',
        severity: 'attention',
        remediation: { command: `${INVOCATION} auth doctor --reset --only safe_auto` },
      },
    ]);
    for (const daemon of daemons) {
      expect(daemon.alive()).toBe(true);
      expect(daemon.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
    }
  });

  test('`sync status` counts them beside the recorded daemon, and says what to type', async () => {
    const recorded = await world.startDaemon({ port: 9425, version: '3.2.5' });
    world.recordSingleton(recorded);
    const root = `${world.folder}/another-home/.spec-kitty`;
    world.recordSingleton(await world.startDaemon({ port: 9424, version: '3.2.5', root }));
    const alone = await world.run(['sync', 'status']);
    expect(alone.stdout).not.toMatch(/^others/m);
    await world.startIncident('quick');
    await world.startDaemon({ port: 9426, version: '3.1.4' });
    await world.startPlainHttp(9430);
    const { stdout } = await world.run(['sync', 'status']);
    expect(stdout).toContain(
      `others  19 more sync daemons of yours, not proven to be in use\n        next step: ${INVOCATION} auth doctor\n`,
    );
    expect((await world.run(['sync', 'status', '--json'])).json()).toMatchObject({ other_daemons: 19 });
  });

  test('each field of the identity record comes from the evidence that belongs to the listener (AS-3, FR-001, pitfalls 17 and 26)', async () => {
    const old = await world.startDaemon({ port: 9401, version: '3.2.2' });
    const own = await world.startDaemon({ port: 9402, version: '3.2.4' });
    const last = await world.startDaemon({ port: 9403, version: '3.2.3' });
    const { report } = await doctor(world);
    const common = {
      protocol_version: 1,
      spawn_shape: 'production',
      daemon_family: 'sync',
      owner_present: true,
    };
    expect(candidateOn(report, 9401)).toMatchObject({
      ...common,
      pid: old.pid,
      package_version: '3.2.2',
      singleton_scope_id: world.root,
      identity_source: 'argv',
      owner_record: 'not_attributable',
      executable_summary: realpathSync(python),
      queue_db_path: null,
      server_url: null,
    });
    expect(candidateOn(report, 9402)).toMatchObject({
      ...common,
      pid: own.pid,
      package_version: '3.2.4',
      identity_source: 'health',
      owner_record: 'own',
      queue_db_path: `${world.root}/queue.db`,
      server_url: 'https://spec-kitty.example',
    });
    // The daemon that started last wrote the shared owner file, so its owner block describes itself.
    expect(candidateOn(report, 9403)).toMatchObject({ ...common, pid: last.pid, owner_record: 'own' });
    expect(candidateOn(report, 9401).cost.resident_bytes).toBeGreaterThan(1_000_000);
  });

  test.each(['quick', 'slow'] as const)(
    'reset sweeps all 18 by shutdown request: %s profile (SC-005, pitfall 25)',
    async (profile) => {
      const daemons = await world.startIncident(profile);
      const { report, code } = await doctor(world, ['--reset']);
      expect(code).toBe(0);
      expect(report.swept).toHaveLength(18);
      expect(report.swept?.map(({ cleanup_path: path }) => path)).toEqual(Array(18).fill('http_shutdown'));
      expect(report.findings).toEqual([]);
      for (const daemon of daemons) {
        expect(daemon.alive()).toBe(false);
        expect(daemon.journal()).toMatchObject({ shutdownTokens: [daemon.token], leaving: ['shutdown'] });
      }
      const after = await doctor(world);
      expect(after.code).toBe(0);
      expect(after.report.candidates).toEqual([]);
    },
  );

  test('a dry run prints the plan and does nothing', async () => {
    const daemons = await world.startIncident('quick');
    const { report, code } = await doctor(world, ['--reset', '--dry-run']);
    expect(code).toBe(1);
    expect(report.plan?.map(({ action }) => action)).toEqual(Array(18).fill('retire'));
    expect(report).not.toHaveProperty('swept');
    expect(daemons.every((daemon) => daemon.alive() && daemon.journal().shutdownTokens.length === 0)).toBe(
      true,
    );
  });

  test('no token is in any output or in the journal (pitfall 31)', async () => {
    const daemons = await world.startIncident('quick');
    const texts: string[] = [];
    for (const words of [[], ['--json'], ['--explain'], ['--explain', '--json'], ['--reset', '--json']]) {
      const { stdout, stderr } = await world.run(['auth', 'doctor', ...words]);
      texts.push(stdout, stderr);
    }
    texts.push(readFileSync(`${world.root}/sync/daemon/journal.jsonl`, 'utf8'));
    expect(texts.at(-1)).toContain('"event":"outcome"');
    for (const { token } of daemons) expect(texts.filter((text) => text.includes(token))).toEqual([]);
  });
});

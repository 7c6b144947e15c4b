import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { rmSync } from 'node:fs';
import type { SyncStartReport } from '../../src/sync/status.js';
import type { Daemon } from '../support/daemons.js';
import { doctor } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

describeIf([hasNetworkNamespace, hasPython], 'issue #1071: daemons that leak under one $HOME', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  /** The state after three upgrades: each daemon replaced the previous one in the state file, which is then lost. */
  const leak = async (): Promise<readonly Daemon[]> => {
    const daemons: Daemon[] = [];
    for (const [index, version] of ['3.2.0', '3.2.2', '3.2.3', '3.2.4'].entries()) {
      const daemon = await world.startDaemon({ port: 9400 + index, version });
      world.recordSingleton(daemon);
      daemons.push(daemon);
    }
    rmSync(`${world.root}/sync-daemon`);
    return daemons;
  };

  const syncNow = async (): Promise<SyncStartReport> => {
    const env = { SPEC_KITTY_ENABLE_SAAS_SYNC: '1' };
    const { code, json } = await world.run(['sync', 'now', '--json'], { env });
    expect(code).toBe(0);
    return json() as SyncStartReport;
  };

  const listeners = async (): Promise<readonly (number | null)[]> =>
    (await doctor(world)).report.candidates.map(({ pid }) => pid);

  test('one command cleans all of them and leaves one daemon, which stays the only one (FR-012, SC-006)', async () => {
    const daemons = await leak();
    expect(await listeners()).toEqual(daemons.map(({ pid }) => pid));

    const first = await syncNow();
    if (first.outcome.kind !== 'ready') throw new Error(JSON.stringify(first.outcome));
    const { pid } = first.outcome.daemon;
    expect(first.outcome.swept).toHaveLength(daemons.length);
    expect(daemons.filter((daemon) => daemon.alive())).toEqual([]);
    expect(await listeners()).toEqual([pid]);

    for (let command = 0; command < 5; command++) {
      // An older CLI leaks another daemon.
      const another = await world.startDaemon({ port: 9440, version: '3.2.3' });
      const { outcome } = await syncNow();
      expect(outcome).toMatchObject({ kind: 'ready', daemon: { how: 'reused', pid } });
      expect(another.alive()).toBe(false);
      expect(await listeners()).toEqual([pid]);
    }
  }, 40_000);
});

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { doctor } from '../support/doctor.js';
import { hasLibSystem, pretendDarwin } from '../support/libsystem.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { sync } from '../support/sync.js';
import { createWorld, type World } from '../support/world.js';

pretendDarwin();

describeIf([hasNetworkNamespace, hasPython, hasLibSystem], 'a start on macOS', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(async () => {
    await world.close();
  });

  test('ten concurrent commands start nothing, ask nothing and write nothing, also with acting switched on', async () => {
    const orphans = [
      await world.startDaemon({ port: 9401, version: '3.2.3' }),
      await world.startDaemon({ port: 9402, version: '3.2.4' }),
    ];
    const runs = await Promise.all(Array.from({ length: 10 }, () => sync(world, 'now')));
    for (const { code, report } of runs) {
      expect(code).toBe(0);
      expect(report.outcome).toMatchObject({ kind: 'skipped', reason: 'unsupported_platform' });
    }
    for (const orphan of orphans) {
      expect(orphan.alive()).toBe(true);
      expect(orphan.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
    }
    expect(existsSync(`${world.root}/sync-daemon`)).toBe(false);
    expect((await doctor(world)).report.summary.safe_auto).toBe(2);
  });

  test('`sync status` shows the recorded daemon', async () => {
    const live = await world.startDaemon({ port: 9401, version: '3.2.4' });
    world.recordSingleton(live);
    const { stdout, stderr } = await world.run(['sync', 'status']);
    expect(stderr).toBe('');
    expect(stdout).toContain(String(live.pid));
  });

  test.each([
    ['sync', 'stop'],
    ['sync', 'forget'],
    ['dashboard', '--stop'],
  ])('`%s %s` is refused', async (...words) => {
    const { code, stderr } = await world.run(words);
    expect(code).toBe(2);
    expect(stderr).toContain('darwin');
  });
});

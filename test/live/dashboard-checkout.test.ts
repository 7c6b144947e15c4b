import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, renameSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DashboardStartReport } from '../../src/dashboard/view.js';
import { isAlive } from '../support/process-table.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { identityRecords, startOurs } from '../support/sync.js';
import { createWorld, type World } from '../support/world.js';

describeIf([hasNetworkNamespace, hasPython], 'a project whose files come from another author', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  test.each([
    ['.kittify', ''],
    ['.kittify/.dashboard.d', 'sync/daemon'],
    ['.kittify/.dashboard.d/identity', 'sync/daemon/identity'],
  ])('a link at %s does not make a dashboard write to %s of the runtime root', async (name, target) => {
    const sync = await startOurs(world);
    const link = join(world.project, name);
    if (existsSync(link)) renameSync(link, `${link}.moved`);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(join(world.root, target), link);
    const before = readdirSync(join(world.root, target));

    const up = await world.run(['dashboard', '--json'], { cwd: world.project });
    const { outcome } = up.json() as DashboardStartReport;
    expect([up.code, outcome]).toMatchObject([
      1,
      {
        kind: 'degraded',
        reason: 'root_unusable',
        detail: expect.stringContaining(`${name} is a symbolic link`),
        next_step: expect.stringContaining('without links'),
      },
    ]);
    await world.run(['dashboard', '--stop'], { cwd: world.project });

    expect(readdirSync(join(world.root, target))).toEqual(before);
    expect(identityRecords(world)).toMatchObject([{ pid: sync.pid }]);
    expect(isAlive(sync.pid)).toBe(true);
  });

  test('an error of `--stop` names the project folder, not the runtime root', async () => {
    mkdirSync(join(world.folder, 'elsewhere/identity'), { recursive: true });
    symlinkSync(join(world.folder, 'elsewhere'), join(world.project, '.kittify/.dashboard.d'));
    const left = await world.startDashboard({ port: 9240, project: world.project });
    const stop = await world.run(['dashboard', '--stop', '--json'], { cwd: world.project });
    expect([stop.code, stop.json()]).toMatchObject([
      2,
      {
        error: {
          message: expect.stringContaining('.kittify/.dashboard.d is a symbolic link'),
          next_step: expect.stringMatching(/^(?!.*SPEC_KITTY_HOME).*`\.kittify`/),
        },
      },
    ]);
    expect(left.alive()).toBe(true);
  });
});

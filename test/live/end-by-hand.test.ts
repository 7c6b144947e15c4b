import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { dashboardUp, readyDashboard } from '../support/dashboard-command.js';
import { candidateOn, doctor } from '../support/doctor.js';
import type { RunOptions } from '../support/product.js';
import { describeIf, hasNetworkNamespace, hasPython, hasStrace } from '../support/requires.js';
import { REFUSING_SIGNALS, refusing } from '../support/strace.js';
import { until } from '../support/until.js';
import { createWorld, type World } from '../support/world.js';

describeIf(
  [hasNetworkNamespace, hasPython, hasStrace],
  'a daemon that a reset cannot end: the printed command ends it (pitfall 27)',
  () => {
    let world: World;
    beforeEach(async () => {
      world = await createWorld();
    });
    afterEach(() => world.close());

    test.each<readonly [string, RunOptions, string, RegExp]>([
      ['koffi is missing', { withoutKoffi: true }, 'cannot_hold', /koffi cannot be loaded/],
      [
        'the kernel refuses the pidfd',
        { under: refusing('pidfd_open') },
        'cannot_hold',
        /^(?!.*koffi).*the kernel gives no pidfd \(EPERM\)/,
      ],
      ['the kernel refuses the signal', { under: REFUSING_SIGNALS }, 'not_permitted', /does not permit/],
    ])('%s', async (_what, options, reason, cause) => {
      const running = await world.startDaemon({ port: 9401, version: '3.2.3', refusesShutdown: true });
      const stopped = await world.startDaemon({ port: 9402, version: '3.2.3' });
      await world.shell(`kill -STOP ${stopped.pid}`);
      const { report } = await doctor(world, ['--reset'], options);
      expect(report.failed).toMatchObject([
        { pid: running.pid, failure_reason: reason },
        { pid: stopped.pid, failure_reason: reason },
      ]);
      for (const daemon of [running, stopped]) {
        const remedy = candidateOn(report, daemon.port).remediation;
        expect(remedy?.effect).toMatch(cause);
        // `sudo` as the test's own user.
        await world.shell((remedy?.command ?? 'false').replaceAll('sudo ', ''));
        await until(() => !daemon.alive());
      }
    });

    test('a dashboard that was stopped: the printed command lets it continue', async () => {
      const { pid } = readyDashboard(await dashboardUp(world));
      await world.shell(`kill -STOP ${pid}`);
      const { report } = await dashboardUp(world);
      expect(report.outcome).toMatchObject({
        reason: 'singleton_unresponsive',
        next_step: expect.stringContaining(`kill -CONT ${pid}`),
      });
      await world.shell('next_step' in report.outcome ? report.outcome.next_step : 'false');
      expect(readyDashboard(await dashboardUp(world))).toMatchObject({ how: 'reused', pid });
    });
  },
);

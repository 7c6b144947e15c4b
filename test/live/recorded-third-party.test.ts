import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { doctor } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { readyDaemon, sync } from '../support/sync.js';
import { until } from '../support/until.js';
import { createWorld, type World } from '../support/world.js';
import { INVOCATION } from '../support/product.js';

const PORT = 9405;

describeIf(
  [hasNetworkNamespace, hasPython],
  'a third-party listener with the PID and the port in the state file (pitfalls 1 and 27)',
  () => {
    let world: World;
    beforeEach(async () => {
      world = await createWorld();
    });
    afterEach(() => world.close());

    describe.each([
      ['that answers', () => world.startPlainHttp(PORT)],
      ['that never answers', () => world.startSilent([PORT])],
    ] as const)('%s', (_what, startThirdParty) => {
      const record = (pid: number): string => {
        const lines = [`http://127.0.0.1:${PORT}`, PORT, 'f'.repeat(32), pid];
        world.writeStateFile(lines);
        return readFileSync(`${world.root}/sync-daemon`, 'utf8');
      };

      test.each([
        ['ended', false],
        ['restarted', true],
      ])(
        'start, doctor and stop name it and leave it alone; a daemon starts after it was %s',
        async (_how, again) => {
          const thirdParty = await startThirdParty();
          const text = record(thirdParty.pid);
          const step = `look at it with \`ps -ww -fp ${thirdParty.pid}\`, then end it, or restart it so that its PID or its port changes: the next command starts a daemon`;
          const { report } = await sync(world, 'start');
          expect(report.outcome).toMatchObject({
            kind: 'degraded',
            reason: 'singleton_unresponsive',
            detail: `PID ${thirdParty.pid} on port ${PORT} is recorded, and is another program than a daemon`,
            next_step: step,
          });
          const { report: seen, code } = await doctor(world, ['--reset']);
          expect({ code, findings: seen.findings }).toMatchObject({
            code: 1,
            findings: [{ id: 'third_party_recorded', remediation: { command: null, effect: step } }],
          });
          expect((await sync(world, 'stop')).report.stopped).toBeNull();
          // Nothing is put aside: if it was a daemon, it would be an orphan.
          expect([readFileSync(`${world.root}/sync-daemon`, 'utf8'), thirdParty.alive()]).toEqual([
            text,
            true,
          ]);

          // The step, carried out.
          expect((await world.shell(`ps -ww -fp ${thirdParty.pid}`)).stdout).toContain(
            String(thirdParty.pid),
          );
          await world.shell(`kill ${thirdParty.pid}`);
          await until(() => !thirdParty.alive());
          const second = again ? await startThirdParty() : null;
          expect(readyDaemon(await sync(world, 'start'))).toMatchObject({ how: 'started' });
          expect((await doctor(world)).report.daemon).toMatchObject({ state: 'healthy' });
          expect(second?.alive() ?? true).toBe(true);
        },
      );
    });

    test('a daemon that is recorded and does not answer is not called another program', async () => {
      const daemon = await world.startDaemon({ port: PORT, version: '3.2.5', silentSeconds: Infinity });
      world.writeStateFile([`http://127.0.0.1:${PORT}`, PORT, 'f'.repeat(32), daemon.pid]);
      expect((await sync(world, 'start')).report.outcome).toMatchObject({
        reason: 'singleton_unresponsive',
        next_step: `${INVOCATION} auth doctor`,
      });
      expect((await doctor(world)).report.findings.map(({ id }) => id)).not.toContain('third_party_recorded');
    });
  },
);

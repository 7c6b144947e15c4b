import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { doctor } from '../support/doctor.js';
import { isAlive } from '../support/process-table.js';
import type { RunOptions } from '../support/product.js';
import { describeIf, hasNetworkNamespace, hasPython, hasTools, isRoot, python } from '../support/requires.js';
import { readyDaemon, sync } from '../support/sync.js';
import { typed } from '../support/typed.js';
import { until } from '../support/until.js';
import { AS_USER, createUserWorld, USER, type UserWorld } from '../support/user-world.js';
import type { World } from '../support/world.js';

let world: World;
let ours: UserWorld;
beforeEach(async () => {
  ours = await createUserWorld();
  ({ world } = ours);
});
afterEach(() => world.close());

/** File capabilities: the kernel then denies the user of a process to look into it. */
function withCapabilities(program: string): string {
  const copy = join(world.folder, program.slice(program.lastIndexOf('/') + 1));
  copyFileSync(program, copy);
  return copy;
}

describeIf(
  [hasNetworkNamespace, hasPython, isRoot, hasTools('setcap')],
  'a healthy daemon that its user may not look into',
  () => {
    async function startCapable(which: 'a released daemon' | 'a daemon of ours'): Promise<number> {
      if (which === 'a daemon of ours') {
        const node = withCapabilities(process.execPath);
        await world.shell(`chmod 755 ${node} && setcap cap_net_bind_service+ep ${node}`);
        return (await world.startOwnDaemon({ family: 'sync', port: 9424, root: ours.root, uid: USER, node }))
          .pid;
      }
      const interpreter = withCapabilities(python);
      await world.shell(`chmod 755 ${interpreter} && setcap cap_net_bind_service+ep ${interpreter}`);
      const prefix = ['sh', '-c', `shift; exec ${interpreter} "$@"`, 'sh'];
      const daemon = await world.startDaemon({ port: 9424, version: '3.2.4', uid: USER, prefix });
      world.recordSingleton(daemon);
      ours.own(ours.stateFile);
      return daemon.pid;
    }

    async function expectLeftAlone(pid: number, options: RunOptions): Promise<void> {
      for (const words of [[], ['--reset']]) {
        const { report } = await doctor(world, words, options);
        expect(report.candidates).toMatchObject([{ port: 9424, cleanup_class: 'operator_required' }]);
        expect(report.swept ?? []).toEqual([]);
        const commands = [...report.candidates, ...report.findings].map(
          ({ remediation }) => remediation?.command ?? '',
        );
        expect(commands.filter((line) => /\b(?:mv|rm|forget)\b/.test(line))).toEqual([]);
      }
      const now = await sync(world, 'now', options);
      expect(now.report.outcome).toMatchObject({ kind: 'degraded', reason: 'singleton_unknown' });
      const { code, result, next_step: step } = await ours.forgotten(options, ['--ended-elsewhere']);
      expect({ code, result }).toEqual({ code: 1, result: 'refused' });
      expect([isAlive(pid), existsSync(ours.stateFile)]).toEqual([true, true]);
      expect(step).toMatch(
        new RegExp(`^it may be in use, .*\`kill ${pid}\` retires it; if it is still there`),
      );
    }

    describe.each(['a released daemon', 'a daemon of ours'] as const)('%s', (which) => {
      test('with file capabilities is left alone, its state file stays, and none is started beside it', async () => {
        const pid = await startCapable(which);
        expect(
          (await world.shell(`setpriv --reuid=${USER} --clear-groups ls /proc/${pid}/fd`)).code,
        ).not.toBe(0);
        await expectLeftAlone(pid, AS_USER);
        await typed(world, `kill ${pid}`);
        await until(() => !isAlive(pid));
        expect(readyDaemon(await sync(world, 'now', AS_USER))).toMatchObject({ how: 'started' });
      });
    });

    test('on the host, seen from the user namespace of a toolbox, is left alone, and its state file stays', async () => {
      const { pid } = readyDaemon(await sync(world, 'start', AS_USER));
      const toolbox = { uid: USER, under: ['unshare', '--user', '--map-current-user', '--'] };
      const { report } = await doctor(world, ['--reset'], toolbox);
      expect(report.swept).toEqual([]);
      const now = await sync(world, 'now', toolbox);
      expect(now.report.outcome).toMatchObject({ kind: 'degraded', reason: 'singleton_unknown' });
      expect(await ours.forgotten(toolbox, ['--ended-elsewhere'])).toMatchObject({
        code: 1,
        detail: `PID ${pid} is the daemon that the state file names`,
      });
      expect(readyDaemon(await sync(world, 'now', AS_USER))).toMatchObject({ how: 'reused', pid });
    });
  },
);

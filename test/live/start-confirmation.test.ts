import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StartupOutcome } from '../../src/daemon/outcome.js';
import { doctor } from '../support/doctor.js';
import type { RunOptions } from '../support/product.js';
import { describeIf, hasNetworkNamespace, hasPython, hasTools, isRoot } from '../support/requires.js';
import type { SyncStartReport } from '../../src/sync/status.js';
import { HOSTED, readyDaemon, sync } from '../support/sync.js';
import { until } from '../support/until.js';
import { createWorld, type World } from '../support/world.js';

const USER = 4711;

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(() => world.close());

const journal = (): string => readFileSync(join(world.root, 'sync/daemon/journal.jsonl'), 'utf8');
const records = (): readonly string[] => readdirSync(join(world.root, 'sync/daemon/identity'));
const hasStateFile = (): boolean => existsSync(join(world.root, 'sync-daemon'));
const listeners = async (options?: RunOptions): Promise<number> =>
  (await doctor(world, [], options)).report.candidates.length;

describeIf([hasNetworkNamespace, hasPython], 'a daemon that its starter did not confirm', () => {
  const start = (confirmedAfter: number | 'never') => {
    mkdirSync(world.root, { recursive: true, mode: 0o700 });
    return world.startOwnDaemon({ family: 'sync', port: 9405, root: world.root, confirmedAfter });
  };

  test('retires when the starter is gone, and takes its records along', async () => {
    const { alive } = await start('never');
    await until(() => !alive());
    expect(journal()).toContain('"reason":"unconfirmed"');
    expect([records(), hasStateFile()]).toEqual([[], false]);
  });

  test('stays if it is confirmed late', async () => {
    const { pid, alive } = await start(4);
    const { report } = await sync(world, 'now');
    expect(report.outcome).toMatchObject({ kind: 'ready', daemon: { how: 'reused', pid } });
    await new Promise((resolve) => setTimeout(resolve, 5000));
    expect(alive()).toBe(true);
    expect((await sync(world, 'stop')).report).toMatchObject({ stopped: { pid } });
  });
});

/** The outcome of a start that failed, with the cause in its detail. */
async function failedStart(options: RunOptions): Promise<Extract<StartupOutcome, { kind: 'degraded' }>> {
  const { report, stderr } = await sync(world, 'now', options);
  const { outcome } = report;
  if (outcome.kind !== 'degraded') throw new Error(JSON.stringify(outcome));
  expect(outcome.reason).toBe('start_failed');
  expect(stderr).not.toContain('    at ');
  return outcome;
}

describeIf(
  [hasNetworkNamespace, hasPython, isRoot, hasTools('gcc')],
  'a daemon whose command line the kernel shows with an emulator before it',
  () => {
    test('is refused with the cause, and none is left behind, however often it is started', async () => {
      const library = join(world.folder, 'emulator.so');
      const source = fileURLToPath(new URL('../fixtures/emulator.c', import.meta.url));
      expect((await world.command(['gcc', '-shared', '-fPIC', '-o', library, source])).code).toBe(0);
      const etc = join(world.folder, 'etc');
      const script = `cp -a /etc ${etc}; echo ${library} > ${etc}/ld.so.preload; mount --bind ${etc} /etc; exec "$@"`;
      const under = ['unshare', '--mount', 'sh', '-c', script, 'sh'];
      for (let time = 1; time <= 2; time += 1) {
        const { detail, next_step: nextStep } = await failedStart({ under });
        expect(detail).toContain('its command line is not one that starts a sync daemon; it has retired');
        expect(nextStep).toContain('not under an emulator of another CPU');
        expect([records(), hasStateFile(), await listeners()]).toEqual([[], false, 0]);
      }
      expect(journal().match(/"reason":"unconfirmed"/g)).toHaveLength(2);
    });
  },
);

describeIf(
  [hasNetworkNamespace, isRoot],
  'a start that cannot succeed names the cause and what changes it',
  () => {
    test('the loopback device is down', async () => {
      await world.shell('ip link set lo down');
      const { detail, next_step: nextStep } = await failedStart({});
      expect(detail).toMatch(/EADDRNOTAVAIL|ENETUNREACH|does not answer/);
      await world.shell(nextStep.replace('sudo ', ''));
      expect(readyDaemon(await sync(world, 'now'))).toMatchObject({ how: 'started' });
    });

    test('the ports are reserved for the superuser', async () => {
      await world.shell('echo 10000 > /proc/sys/net/ipv4/ip_unprivileged_port_start');
      const { detail, next_step: nextStep } = await failedStart({ uid: USER });
      expect(detail).toContain('EACCES');
      await world.shell(nextStep.replace('sudo ', ''));
      expect(readyDaemon(await sync(world, 'now', { uid: USER }))).toMatchObject({ how: 'started' });
    });

    test('the disk is full', async () => {
      mkdirSync(world.root, { recursive: true });
      const fill = `mount -t tmpfs -o size=64k,mode=700 none ${world.root} && head -c 60K /dev/zero > ${world.root}/full; head -c 4K /dev/zero >> ${world.root}/full; exec "$@"`;
      const { detail, next_step: nextStep } = await failedStart({
        under: ['unshare', '--mount', 'sh', '-c', fill, 'sh'],
      });
      expect(detail).toContain('ENOSPC');
      expect(nextStep).toContain(`df ${world.root}`);
    });

    test('the limit of open files is too low', async () => {
      const nextSteps: string[] = [];
      for (let limit = 18; limit <= 60; limit += 1) {
        const { stdout, stderr, code } = await world.run(['sync', 'now', '--json'], {
          under: ['prlimit', `--nofile=${limit}`],
          env: HOSTED,
        });
        // Node itself cannot start with fewer.
        if (code === null || code > 2) continue;
        expect(stdout + stderr).not.toContain('    at ');
        const { outcome } = JSON.parse(stdout) as SyncStartReport;
        if (outcome.kind !== 'degraded') break;
        nextSteps.push(`${limit} ${outcome.reason}: ${outcome.detail}: ${outcome.next_step}`);
      }
      expect(nextSteps).toContainEqual(expect.stringContaining('ulimit -n'));
    });
  },
);

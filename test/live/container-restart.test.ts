import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasVisibleLocks } from '../../src/machine/linux/flock.js';
import { doctor } from '../support/doctor.js';
import { isAlive } from '../support/process-table.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { readyDaemon, sync } from '../support/sync.js';
import { until } from '../support/until.js';
import { createWorld, type World } from '../support/world.js';

/** A network namespace of its own, as in another container that uses the same home. */
const IN_ANOTHER_CONTAINER = {
  under: ['unshare', '--net', '--', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh'],
};

describeIf([hasNetworkNamespace, hasPython], 'a daemon that was started in another container', () => {
  let world: World;
  let there: number;
  beforeEach(async () => {
    world = await createWorld();
    there = readyDaemon(await sync(world, 'now', IN_ANOTHER_CONTAINER)).pid;
  });
  afterEach(async () => {
    await endThere();
    await world.close();
  });

  /** Ends the daemon as the end of a container does: without a chance to clean up. */
  async function endThere(): Promise<void> {
    await world.shell(`kill -KILL ${there}`);
    await until(() => !isAlive(there));
  }

  const identity = (): string => join(world.root, 'sync/daemon/identity');
  const recordFile = (): string =>
    join(identity(), readdirSync(identity()).find((name) => name.endsWith('.json')) ?? '');
  const outcomeOfNow = async () => (await sync(world, 'now')).report.outcome;

  test('and lives: none is started beside it', async () => {
    expect(await outcomeOfNow()).toMatchObject({ kind: 'degraded', reason: 'recorded_elsewhere' });
    expect((await doctor(world, ['--reset'])).report.daemon).toMatchObject({ state: 'elsewhere' });
    expect([isAlive(there), existsSync(recordFile())]).toEqual([true, true]);
  });

  test('and ended with its container: the next command starts another, and its records are removed', async () => {
    const old = recordFile();
    await endThere();
    expect(await outcomeOfNow()).toMatchObject({ kind: 'ready', daemon: { how: 'started', port: 9400 } });
    expect([existsSync(old), existsSync(old.replace(/json$/, 'lock'))]).toEqual([false, false]);
    expect((await sync(world, 'stop')).report).toMatchObject({ failed: null });
  });

  test('and ended: a reset removes its state file, and retires the orphans of the root', async () => {
    await endThere();
    const orphan = await world.startDaemon({ port: 9410, version: '3.2.4' });
    const { report } = await doctor(world, ['--reset']);
    expect(report.swept).toMatchObject([{ pid: orphan.pid }]);
    expect([existsSync(join(world.root, 'sync-daemon')), readdirSync(identity())]).toEqual([false, []]);
  });

  test.each([
    ['declares no lock, as records of 3.3.0', (record: string) => record.replace(',"holds_lock":true', '')],
    ['declares a lock whose file is missing', (record: string) => record],
  ])('and whose record %s: it is unknown whether it lives, so none is started', async (what, change) => {
    const text = readFileSync(recordFile(), 'utf8');
    expect(text).toContain('"holds_lock":true');
    writeFileSync(recordFile(), change(text));
    await endThere();
    if (what.includes('missing')) await world.shell(`rm ${recordFile().replace(/json$/, 'lock')}`);
    expect(await outcomeOfNow()).toMatchObject({ kind: 'degraded', reason: 'recorded_elsewhere' });
  });
});

describeIf([hasNetworkNamespace, hasPython, isRoot], 'a home that is mounted with an overlay', () => {
  let world: World;
  const started: number[] = [];
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(async () => {
    for (const pid of started.splice(0)) if (isAlive(pid)) await end(pid);
    await world.close();
  });

  async function end(pid: number): Promise<void> {
    await world.shell(`kill -KILL ${pid}`);
    await until(() => !isAlive(pid));
  }

  /** A container with an overlay of the home, as `podman run --volume HOME:HOME:O`. What is written stays in `layer`. */
  const inOverlay = () => {
    const layer = join(world.folder, 'layer');
    const mount = `mount -t overlay overlay -o lowerdir=${world.home},upperdir=${layer}/upper,workdir=${layer}/work ${world.home}`;
    const script = `ip link set lo up; mkdir -p ${layer}/upper ${layer}/work; ${mount}; exec "$@"`;
    return { under: ['unshare', '--net', '--mount', 'sh', '-ec', script, 'sh'] };
  };
  const start = async (options = {}): Promise<number> => {
    const { pid } = readyDaemon(await sync(world, 'now', options));
    started.push(pid);
    return pid;
  };

  test('does not show the lock of a daemon outside: none is started beside it, and it is not forgotten', async () => {
    const outside = await start();
    const now = await sync(world, 'now', inOverlay());
    expect(now.report.outcome).toMatchObject({ kind: 'degraded', reason: 'recorded_elsewhere' });
    expect((await world.run(['sync', 'forget'], inOverlay())).code).toBe(1);
    expect(readyDaemon(await sync(world, 'now'))).toMatchObject({ how: 'reused', pid: outside });
  });

  test('shows the lock of a daemon that was started inside: a restarted container starts another one', async () => {
    const first = await start(inOverlay());
    await end(first);
    expect(await start(inOverlay())).not.toBe(first);
  });
});

describeIf([hasNetworkNamespace, hasPython, isRoot], 'a container without ids of machine and boot', () => {
  test('starts one daemon, finds it again, and stops it', async () => {
    const world = await createWorld();
    try {
      const hide = '/etc/machine-id /proc/sys/kernel/random/boot_id';
      const script = `for file in ${hide}; do mount --bind /dev/null $file; done; exec "$@"`;
      const options = { under: ['unshare', '--mount', 'sh', '-c', script, 'sh'] };
      const { pid } = readyDaemon(await sync(world, 'now', options));
      expect(readyDaemon(await sync(world, 'now', options))).toMatchObject({ how: 'reused', pid });
      expect((await doctor(world, [], options)).report.daemon).toMatchObject({ state: 'healthy', pid });
      expect((await sync(world, 'stop', options)).report).toMatchObject({ stopped: { pid } });
      expect(readyDaemon(await sync(world, 'now', options))).toMatchObject({ how: 'started' });
    } finally {
      await world.close();
    }
  });
});

test('the locks of a file system count only if it is known to be local', () => {
  expect([hasVisibleLocks('/proc'), hasVisibleLocks('/missing')]).toEqual([false, false]);
});

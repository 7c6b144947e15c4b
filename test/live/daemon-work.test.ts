import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { candidateOn, doctor } from '../support/doctor.js';
import { isAlive } from '../support/process-table.js';
import { ENVIRONMENT, events, QueueRoot, TEAM_SLUG, USER } from '../support/queue-files.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { readyDaemon, sync } from '../support/sync.js';
import { until } from '../support/until.js';
import { createWorld, type World } from '../support/world.js';

const SERVER_PORT = 9600;
const IDLE = 'SYNC_DAEMON_IDLE_RETIREMENT_SECONDS';

describeIf([hasNetworkNamespace, hasPython], 'the work of the sync daemon', () => {
  let world: World;
  let root: QueueRoot;
  beforeEach(async () => {
    world = await createWorld();
    root = new QueueRoot(world.root);
    root.signIn(`http://127.0.0.1:${SERVER_PORT}`);
    await root.create(events(5));
    reply('success');
    await world.startUploadServer(SERVER_PORT);
  });
  afterEach(async () => {
    await root.close();
    await world.close();
  });

  const reply = (how: string): void => {
    writeFileSync(`${world.folder}/reply`, how);
  };
  const batches = (name: 'uploads' | 'confirmed'): readonly string[][] => {
    const path = `${world.folder}/${name}`;
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as string[]);
  };
  const now = (env: Readonly<Record<string, string>> = {}) =>
    sync(world, 'now', { env: { ...ENVIRONMENT, ...env } });
  const isRunning = async (port: number): Promise<boolean> => {
    const { body } = await world.ask(port);
    return (JSON.parse(body) as { sync: { running: boolean } }).sync.running;
  };
  const ids = (from: number, count: number): string[] => events(count, from).map(({ event_id: id }) => id);

  test('its listener shows whose queue it drains, and where to (FR-001)', async () => {
    const { port } = readyDaemon(await now());
    expect(candidateOn((await doctor(world)).report, port)).toMatchObject({
      queue_db_path: root.queuePath,
      auth_scope: `http://127.0.0.1:${SERVER_PORT}|${USER}|${TEAM_SLUG}`,
      server_url: `http://127.0.0.1:${SERVER_PORT}`,
    });
  });

  test('events arrive in order, and leave the queue; status says so', async () => {
    await now();
    await until(() => batches('confirmed').length > 0);
    await until(async () => (await root.waitingIds()).length === 0);
    expect(batches('uploads')).toEqual([ids(0, 5)]);
    await root.append(events(3, 5));
    await now();
    await until(async () => (await root.waitingIds()).length === 0);
    expect(batches('uploads')).toEqual([ids(0, 5), ids(5, 3)]);
    const { report } = await sync(world, 'status', { env: ENVIRONMENT });
    expect(report).toMatchObject({
      queue: { pending: 0, idle: null },
      last_drain: { end: 'drained', sent: 3, acknowledged: 3 },
    });
  });

  test('in flight is what is in flight, and nothing else (pitfall 19)', async () => {
    reply('hold');
    const { port } = readyDaemon(await now());
    await until(() => batches('uploads').length === 1);
    expect(await isRunning(port)).toBe(true);
    reply('success');
    await until(async () => !(await isRunning(port)));
    expect(await root.waitingIds()).toEqual([]);
    expect(await isRunning(port)).toBe(false);
  });

  test('without a token nothing is sent, and it counts as idle', async () => {
    const { report } = await sync(world, 'now', { env: { [IDLE]: '1' } });
    expect(report.idle).toMatchObject({ why: 'no_token' });
    const { pid } = readyDaemon({ report } as never);
    await until(() => !isAlive(pid));
    expect([batches('uploads'), await root.waitingIds()]).toEqual([[], ids(0, 5)]);
  });

  test('credentials that the server refuses are tried once, and it counts as idle', async () => {
    reply('401');
    const { pid } = readyDaemon(await now({ [IDLE]: '2' }));
    await until(() => !isAlive(pid));
    expect([batches('uploads').length, await root.waitingIds()]).toEqual([1, ids(0, 5)]);
    const { report } = await sync(world, 'status', { env: ENVIRONMENT });
    expect(report.last_drain).toMatchObject({ end: 'refused', detail: expect.stringContaining('401') });
  });

  test('a server that is away is tried again, and as long it is not idle', async () => {
    reply('503');
    const { pid } = readyDaemon(await now({ [IDLE]: '1' }));
    await until(() => batches('uploads').length >= 2);
    expect(isAlive(pid)).toBe(true);
    reply('success');
    await until(() => !isAlive(pid));
    expect([await root.waitingIds(), batches('confirmed')]).toEqual([[], [ids(0, 5)]]);
  }, 15_000);

  test('superseded with a batch in flight, it finishes the batch, and loses nothing (AS-5, FR-010)', async () => {
    reply('hold');
    const { pid } = readyDaemon(await now({ [IDLE]: '1' }));
    await until(() => batches('uploads').length === 1);
    world.recordSingleton(await world.startDaemon({ port: 9410, version: '3.2.5' }));
    await sleep(2500);
    expect(isAlive(pid)).toBe(true);
    reply('success');
    await until(() => !isAlive(pid));
    expect([batches('confirmed'), await root.waitingIds()]).toEqual([[ids(0, 5)], []]);
  }, 15_000);

  test('asked to leave with a batch in flight, it leaves in time, and the events stay', async () => {
    reply('hold');
    const { pid } = readyDaemon(await now());
    await until(() => batches('uploads').length === 1);
    const { report, ms } = await sync(world, 'stop');
    expect(report.stopped).toMatchObject({ pid, cleanup_path: 'http_shutdown' });
    expect(ms).toBeLessThan(4000);
    expect(await root.waitingIds()).toEqual(ids(0, 5));
  }, 15_000);

  test.each([0, 5, 20, 80])(
    'kill -9 %d ms after a batch set out loses nothing',
    async (ms) => {
      reply('hold');
      const { pid } = readyDaemon(await now());
      await until(() => batches('uploads').length === 1);
      reply('success');
      await sleep(ms);
      await world.shell(`kill -KILL ${pid}; true`);
      const waiting = await root.waitingIds();
      const confirmed = batches('confirmed').flat();
      expect(ids(0, 5).filter((id) => !waiting.includes(id) && !confirmed.includes(id))).toEqual([]);
      await now();
      await until(async () => (await root.waitingIds()).length === 0);
      expect(new Set(batches('confirmed').flat())).toEqual(new Set(ids(0, 5)));
    },
    15_000,
  );
});

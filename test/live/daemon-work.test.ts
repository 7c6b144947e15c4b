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

  test('doctor shows its queue, account and server (FR-001)', async () => {
    const { port } = readyDaemon(await now());
    expect(candidateOn((await doctor(world)).report, port)).toMatchObject({
      queue_db_path: root.queuePath,
      auth_scope: `http://127.0.0.1:${SERVER_PORT}|${USER}|${TEAM_SLUG}`,
      server_url: `http://127.0.0.1:${SERVER_PORT}`,
    });
  });

  test('uploads events in order and deletes them from the queue, and status shows it', async () => {
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

  test('reports running only while a batch is in flight (pitfall 19)', async () => {
    reply('hold');
    const { port } = readyDaemon(await now());
    await until(() => batches('uploads').length === 1);
    expect(await isRunning(port)).toBe(true);
    reply('success');
    await until(async () => !(await isRunning(port)));
    expect(await root.waitingIds()).toEqual([]);
    expect(await isRunning(port)).toBe(false);
  });

  test('sends nothing without a token, and counts as idle', async () => {
    const { report } = await sync(world, 'now', { env: { [IDLE]: '1' } });
    expect(report.idle).toMatchObject({ why: 'no_token' });
    const { pid } = readyDaemon({ report } as never);
    await until(() => !isAlive(pid));
    expect([batches('uploads'), await root.waitingIds()]).toEqual([[], ids(0, 5)]);
  });

  test('tries refused credentials once, and counts as idle', async () => {
    reply('401');
    const { pid } = readyDaemon(await now({ [IDLE]: '2' }));
    await until(() => !isAlive(pid));
    expect([batches('uploads').length, await root.waitingIds()]).toEqual([1, ids(0, 5)]);
    const { report } = await sync(world, 'status', { env: ENVIRONMENT });
    expect(report.last_drain).toMatchObject({ end: 'refused', detail: expect.stringContaining('401') });
  });

  test('retries a server that is unavailable, and is not idle meanwhile', async () => {
    reply('503');
    const { pid } = readyDaemon(await now({ [IDLE]: '1' }));
    await until(() => batches('uploads').length >= 2);
    expect(isAlive(pid)).toBe(true);
    reply('success');
    await until(() => !isAlive(pid));
    expect([await root.waitingIds(), batches('confirmed')]).toEqual([[], [ids(0, 5)]]);
  }, 15_000);

  test('finishes the batch in flight before it retires as superseded (AS-5, FR-010)', async () => {
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

  test('exits in time after a shutdown request with a batch in flight, and its events stay', async () => {
    reply('hold');
    const { pid } = readyDaemon(await now());
    await until(() => batches('uploads').length === 1);
    const { report, ms } = await sync(world, 'stop');
    expect(report.stopped).toMatchObject({ pid, cleanup_path: 'http_shutdown' });
    expect(ms).toBeLessThan(4000);
    expect(await root.waitingIds()).toEqual(ids(0, 5));
  }, 15_000);

  test.each([0, 5, 20, 80])(
    'loses no event after kill -9 %d ms after a batch was sent',
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

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { argvOf } from './process-table.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot, python } from './requires.js';
import { createWorld, type World } from './world.js';

const machine = [hasPython, hasNetworkNamespace];

describeIf(machine, 'an imitated daemon', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());
  const shutDown = (port: number, body: object): Promise<{ head: string }> =>
    world.ask(port, { method: 'POST', path: '/api/shutdown', body });

  test('of 3.1.x has a two-line script, no markers, and no owner block', async () => {
    const daemon = await world.startDaemon({ port: 9400, version: '3.1.8', token: 'a1b2' });
    const script = "from specify_cli.sync.daemon import run_sync_daemon\nrun_sync_daemon(9400, 'a1b2')\n";
    expect(argvOf(daemon.pid)).toEqual([python, '-c', script]);
    expect(Object.keys(JSON.parse((await world.ask(9400)).body) as object)).toEqual([
      'status',
      'token',
      'protocol_version',
      'package_version',
      'sync',
      'websocket_status',
    ]);
  });

  test('exits for its own token only, and keeps a journal', async () => {
    const daemon = await world.startDaemon({ port: 9400, version: '3.2.4' });
    expect(await shutDown(9400, { token: 'wrong' })).toMatchObject({
      head: expect.stringContaining(' 403 '),
    });
    expect(await shutDown(9400, {})).toMatchObject({ head: expect.stringContaining(' 403 ') });
    expect(daemon.alive()).toBe(true);
    expect(await shutDown(9400, { token: daemon.token })).toMatchObject({
      head: expect.stringContaining(' 200 OK'),
      body: '{"status": "stopping"}',
    });
    expect(await daemon.exited).toEqual({ code: 0, signal: null });
    expect(daemon.alive()).toBe(false);
    expect(daemon.journal()).toEqual({
      requests: Array(3).fill('POST /api/shutdown HTTP/1.1'),
      shutdownTokens: ['wrong', null, daemon.token],
      leaving: ['shutdown'],
    });
  });

  test.each([
    [{}, 60, 1400],
    [{ exitSeconds: 1.5 }, 1450, 5000],
  ])('exits on SIGTERM in the given time (%j)', async (profile, atLeast, atMost) => {
    const daemon = await world.startDaemon({ port: 9400, version: '3.2.2', ...profile });
    const from = performance.now();
    daemon.signal('SIGTERM');
    expect(await daemon.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - from).toBeGreaterThan(atLeast);
    expect(performance.now() - from).toBeLessThan(atMost);
    expect(daemon.journal().leaving).toEqual(['SIGTERM']);
  });

  test('drains for its own token only', async () => {
    const { token } = await world.startDaemon({ port: 9400, version: '3.2.2' });
    const trigger = { method: 'POST', path: '/api/sync/trigger' } as const;
    expect((await world.ask(9400, { ...trigger, body: { token } })).head).toContain(' 202 ');
    expect((await world.ask(9400, { ...trigger, body: { token: 'wrong' } })).head).toContain(' 403 ');
    expect((await world.ask(9400, { path: '/' })).head).toContain(' 404 ');
  });

  test('can refuse a shutdown request and ignore SIGTERM', async () => {
    const daemon = await world.startDaemon({
      port: 9400,
      version: '3.2.2',
      refusesShutdown: true,
      ignoresTerm: true,
    });
    expect((await shutDown(9400, { token: daemon.token })).head).toContain(' 403 ');
    daemon.signal('SIGTERM');
    expect((await world.ask(9400)).head).toContain(' 200 ');
    daemon.signal('SIGKILL');
    expect(await daemon.exited).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('can be silent for a while or for ever', async () => {
    await world.startDaemon({ port: 9400, version: '3.2.2', silentSeconds: 1 });
    const stuck = await world.startDaemon({ port: 9401, version: '3.2.2', silentSeconds: Infinity });
    expect(await world.ask(9400, { seconds: 0.2 })).toEqual({ status: 0, head: '', body: '' });
    expect((await world.ask(9400)).head).toContain(' 200 ');
    expect(await world.ask(9401, { seconds: 0.5 })).toEqual({ status: 0, head: '', body: '' });
    expect(stuck.journal().requests).toEqual(['GET /api/health HTTP/1.1']);
  });

  test('can give a patched health answer', async () => {
    await world.startDaemon({
      port: 9400,
      version: '3.2.4',
      healthPatch: { owner: { pid: 1 }, daemon_family: null, package_version: '\u001b[2J' },
    });
    const body = JSON.parse((await world.ask(9400)).body) as object;
    expect(body).toMatchObject({ owner: { pid: 1, port: 9400 }, package_version: '\u001b[2J' });
    expect(body).not.toHaveProperty('daemon_family');
  });

  test('can listen behind a launcher', async () => {
    const daemon = await world.startDaemon({ port: 9400, version: '3.2.4', launcher: true });
    expect(daemon.pid).not.toBe(daemon.startedPid);
    expect(argvOf(daemon.pid)).toEqual(argvOf(daemon.startedPid));
    expect(JSON.parse((await world.ask(9400)).body)).toMatchObject({ owner: { pid: daemon.pid } });
    await shutDown(9400, { token: daemon.token });
    expect(await daemon.exited).toEqual({ code: 0, signal: null });
  });

  test.each(['127.0.0.2', '::1', '0.0.0.0'])('can listen on %s', async (address) => {
    await world.startDaemon({ port: 9400, version: '3.2.4', address });
    expect((await world.ask(9400, { address })).head).toContain(' 200 ');
  });

  test('reports why it could not start', async () => {
    await world.startDaemon({ port: 9400, version: '3.2.4' });
    await expect(world.startDaemon({ port: 9400, version: '3.2.4' })).rejects.toThrow(
      'Address already in use',
    );
  });
});

describeIf([...machine, isRoot], "another user's daemon", () => {
  test('runs as that user, with its own home directory', async () => {
    const world = await createWorld();
    try {
      const daemon = await world.startDaemon({ port: 9400, version: '3.2.4', uid: 4711 });
      expect(readFileSync(`/proc/${daemon.pid}/status`, 'utf8')).toMatch(/^Uid:\t4711\t4711\t4711\t4711$/m);
      expect(daemon.root).not.toBe(world.root);
      expect((await world.ask(9400)).head).toContain(' 200 ');
      expect(daemon.journal().requests).toHaveLength(1);
    } finally {
      await world.close();
    }
  });
});

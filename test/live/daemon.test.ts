import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { healthProof, proveRequest } from '../../src/system/observe/own-proof.js';
import { doctor, verdictOn } from '../support/doctor.js';
import { argvOf, isAlive, sessionOf } from '../support/process-table.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { identityRecords, install, readyDaemon, sync } from '../support/sync.js';
import { createWorld, type World } from '../support/world.js';

const IDLE = 'SYNC_DAEMON_IDLE_RETIREMENT_SECONDS';

describeIf([hasNetworkNamespace, hasPython], 'the sync daemon', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  const start = async (env: Readonly<Record<string, string>> = {}) => {
    const { pid, port } = readyDaemon(await sync(world, 'start', { env }));
    const [record] = identityRecords(world);
    const { id, secret } = record as { id: string; secret: string };
    return { pid, port, id, secret };
  };
  const until = async (isTrue: () => boolean, ms = 5000): Promise<number> => {
    const from = performance.now();
    while (!isTrue()) {
      if (performance.now() - from > ms) throw new Error('it never came to pass');
      await sleep(20);
    }
    return performance.now() - from;
  };
  const reasons = async (): Promise<readonly (string | null)[]> =>
    (await doctor(world)).report.recent
      .filter(({ asked_by: who }) => who === 'itself')
      .map(({ result }) => result);

  test('is started as itself and nothing else: argv, folder, environment, descriptors, file modes (pitfalls 31, 35)', async () => {
    const { pid, port, id, secret } = await start({
      SECRET_OF_THE_STARTER: 'x',
      SPEC_KITTY_ACCESS_TOKEN: 'token',
    });
    expect(argvOf(pid).slice(1)).toEqual([
      expect.stringMatching(/\/dist\/sync-daemon\.cjs$/),
      `--spec-kitty-daemon-root=${world.root}`,
      `--spec-kitty-daemon-port=${port}`,
      `--spec-kitty-daemon-id=${id}`,
    ]);
    expect([readlinkSync(`/proc/${pid}/cwd`), sessionOf(pid)]).toEqual(['/', pid]);
    const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .filter((entry) => entry !== '');
    expect(environment.map((entry) => entry.split('=')[0]).sort()).toEqual(
      ['HOME', 'PATH', 'SPEC_KITTY_ACCESS_TOKEN', 'SPEC_KITTY_DAEMON_CHECKOUT'].sort(),
    );
    const open = readdirSync(`/proc/${pid}/fd`).map((name) => {
      return existsSync(`/proc/${pid}/fd/${name}`) ? readlinkSync(`/proc/${pid}/fd/${name}`) : '';
    });
    expect(open.filter((target) => target.endsWith('sync-daemon.lock'))).toEqual([]);
    expect(readlinkSync(`/proc/${pid}/fd/0`)).toBe('/dev/null');
    const modes = ['sync-daemon', 'sync-daemon.log', `sync/daemon/identity/${id}.json`].map((name) => {
      return statSync(`${world.root}/${name}`).mode & 0o777;
    });
    expect(modes).toEqual([0o600, 0o600, 0o600]);
    for (const file of ['sync-daemon', 'sync-daemon.log', 'sync/daemon/last-drain.json']) {
      expect(readFileSync(`${world.root}/${file}`, 'utf8')).not.toContain(secret);
    }
  });

  describe('its control plane', () => {
    test('answers health to everybody, and proves itself to a challenge without showing its secret', async () => {
      const { port, id, secret } = await start();
      const plain = await world.ask(port);
      expect(plain).toMatchObject({ status: 200 });
      expect(JSON.parse(plain.body)).toMatchObject({ status: 'ok', daemon_family: 'sync', proof: null });
      const asked = await world.ask(port, { headers: { 'X-Spec-Kitty-Challenge': 'nonce' } });
      expect(JSON.parse(asked.body)).toMatchObject({ proof: healthProof(secret, 'nonce', id, port) });
      expect(asked.body + plain.body).not.toContain(secret);
    });

    test('refuses what no program of ours would send, and stays healthy (pitfall 34)', async () => {
      const { pid, port, id, secret } = await start();
      const post = (body: object | string, headers: Record<string, string> = {}) =>
        world.ask(port, {
          method: 'POST',
          path: '/api/shutdown',
          headers,
          body: typeof body === 'string' ? body : JSON.stringify(body),
        });
      const proof = (): object => proveRequest(secret, 'shutdown', id, port);
      const old = { nonce: 'n', at: Date.now() - 60_000 };
      expect(
        await Promise.all([
          world.ask(port, { headers: { Host: 'evil.example' } }),
          world.ask(port, { headers: { Origin: 'http://evil.example' } }),
          post(proof(), { Host: `evil.example:${port}` }),
          post(proof(), { Origin: `http://127.0.0.1:${port}` }),
          post(''),
          post('{'),
          post({ token: secret }),
          post({ ...proof(), proof: 'wrong' }),
          post({ ...proof(), at: 1 }),
          post(proveRequest(secret, 'sync/trigger', id, port)),
          post(proveRequest(secret, 'shutdown', id, port + 1)),
          post(proveRequest('another secret', 'shutdown', id, port)),
          post({ ...proof(), ...old }),
          post('x'.repeat(5000)),
          world.ask(port, { path: '/api/nothing' }),
        ]).then((answers) => answers.map(({ status }) => status)),
      ).toEqual([403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 403, 413, 404]);
      expect([isAlive(pid), (await world.ask(port)).status]).toEqual([true, 200]);
    });

    test('takes a proven request once, and never again', async () => {
      const { pid, port, id, secret } = await start();
      const body = JSON.stringify(proveRequest(secret, 'sync/trigger', id, port));
      const trigger = () => world.ask(port, { method: 'POST', path: '/api/sync/trigger', body });
      expect([(await trigger()).status, (await trigger()).status]).toEqual([202, 403]);
      expect(isAlive(pid)).toBe(true);
    });

    test('is not kept busy by who opens connections and says nothing', async () => {
      const { port } = await start();
      const idle = world.shell(
        `python3 -c "
import socket, time
held = [socket.create_connection(('127.0.0.1', ${port})) for _ in range(150)]
for s in held[:50]: s.send(b'POST /api/shutdown HTTP/1.1\\r\\nHost: 127.0.0.1:${port}\\r\\nContent-Length: 99\\r\\n\\r\\nhalf')
time.sleep(6)"`,
      );
      await sleep(1000);
      // Connections that say nothing are ended after some seconds; until then no more are taken.
      await until(() => true);
      let status = 0;
      for (let tries = 0; tries < 40 && status !== 200; tries++) {
        await sleep(200);
        status = await world.ask(port).then(
          (answer) => answer.status,
          () => 0,
        );
      }
      expect(status).toBe(200);
      await idle;
    }, 20_000);
  });

  test('a relay in front of it proves nothing, and nobody is stopped through it (pitfall 15)', async () => {
    const { pid, port } = await start();
    const relay = await world.startRelay(9430, port);
    const { report } = await doctor(world, ['--reset']);
    // It answers nobody who came by another port.
    expect(verdictOn(report, 9430)).toBe('never_touch third_party');
    expect(verdictOn(report, port)).toBe('never_touch recorded_singleton');
    expect([isAlive(pid), relay.alive()]).toEqual([true, true]);
  });

  describe('leaves by itself (AS-5, FR-010, FR-011)', () => {
    /** Looks once a second whether it is still wanted, and would be idle after ten. */
    const eager = { [IDLE]: '1' };

    test('after the idle time, within two ticks, and nothing names it any more (pitfalls 2, 19)', async () => {
      const { pid } = await start(eager);
      expect(await until(() => !isAlive(pid))).toBeLessThan(3500);
      expect(existsSync(`${world.root}/sync-daemon`)).toBe(false);
      expect(identityRecords(world)).toEqual([]);
      expect(await reasons()).toEqual(['retired: idle']);
      expect(readFileSync(`${world.root}/sync-daemon.log`, 'utf8')).toContain('leaves (idle)');
    });

    test('when another, proven, is recorded: within one tick, and that one keeps its file', async () => {
      const { pid } = await start({ [IDLE]: '2' });
      const successor = await world.startDaemon({ port: 9410, version: '3.2.5' });
      world.recordSingleton(successor);
      const stateFile = readFileSync(`${world.root}/sync-daemon`, 'utf8');
      await until(() => !isAlive(pid));
      expect(readFileSync(`${world.root}/sync-daemon`, 'utf8')).toBe(stateFile);
      expect([successor.alive(), await reasons()]).toEqual([true, ['retired: superseded']]);
    });

    test('when an older one of ours was succeeded by hand', async () => {
      const older = install(world, '3.2.99');
      const first = readyDaemon(await sync(world, 'start', { ...older, env: { [IDLE]: '2' } }));
      // Hidden from the one that comes: it must leave by itself.
      await world.shell(`kill -STOP ${first.pid} && mv ${world.root}/sync-daemon ${world.root}/aside`);
      const second = readyDaemon(await sync(world, 'start'));
      await world.shell(`kill -CONT ${first.pid}`);
      await until(() => !isAlive(first.pid));
      expect(isAlive(second.pid)).toBe(true);
      expect((await sync(world, 'status')).report.daemon).toMatchObject({
        state: 'healthy',
        pid: second.pid,
      });
      expect(await reasons()).toEqual(['retired: superseded']);
    }, 20_000);

    test.each([
      ['the state file', 'sync-daemon'],
      ['its identity record', 'sync/daemon/identity'],
    ])('when %s was removed', async (_what, path) => {
      const { pid } = await start({ [IDLE]: '2' });
      await sleep(300);
      rmSync(`${world.root}/${path}`, { recursive: true });
      await until(() => !isAlive(pid));
      expect(await reasons()).toEqual(['retired: record_gone']);
      expect(existsSync(`${world.root}/sync-daemon`)).toBe(false);
    });

    test('when its root was deleted, which it does not make again (pitfall 22)', async () => {
      const { pid } = await start({ [IDLE]: '2' });
      rmSync(world.root, { recursive: true });
      await until(() => !isAlive(pid));
      expect(existsSync(world.root)).toBe(false);
    });

    test('when another directory is in the place of its root, in which it touches nothing', async () => {
      const { pid } = await start({ [IDLE]: '2' });
      rmSync(world.root, { recursive: true });
      mkdirSync(world.root);
      await until(() => !isAlive(pid));
      expect(readdirSync(world.root)).toEqual([]);
    });

    test.each(['SIGTERM', 'SIGINT'])('when asked by %s', async (signal) => {
      const { pid } = await start();
      await world.shell(`kill -${signal.slice(3)} ${pid}`);
      await until(() => !isAlive(pid), 2000);
      expect([await reasons(), identityRecords(world)]).toEqual([['retired: asked'], []]);
    });

    test.each([
      ['garbage', 'garbage\n'],
      ['a port where nobody can be proven', 'http://127.0.0.1:9420\n9420\nx\n'],
    ])(
      'but not because the state file says %s',
      async (_what, text) => {
        const { pid } = await start({ [IDLE]: '3' });
        const web = await world.startPlainHttp(9420);
        writeFileSync(`${world.root}/sync-daemon`, text);
        await sleep(2500);
        expect([isAlive(pid), web.alive()]).toEqual([true, true]);
        // Idle, it leaves, and leaves the file to whoever wrote it.
        await until(() => !isAlive(pid));
        expect(readFileSync(`${world.root}/sync-daemon`, 'utf8')).toBe(text);
        expect(await reasons()).toEqual(['retired: idle']);
      },
      15_000,
    );

    test('while somebody holds the lock of starts, it leaves the state file to them', async () => {
      const { pid } = await start();
      const holder = world.shell(
        `exec 9>${world.root}/sync-daemon.lock; flock 9; touch ${world.folder}/held; sleep 2`,
      );
      await until(() => existsSync(`${world.folder}/held`));
      await world.shell(`kill -TERM ${pid}`);
      await until(() => !isAlive(pid), 2000);
      expect(existsSync(`${world.root}/sync-daemon`)).toBe(true);
      await holder;
      // The next command is not misled by it.
      expect(readyDaemon(await sync(world, 'now'))).toMatchObject({ how: 'started' });
    });
  });

  test('its log starts anew when it is long, and keeps the one before', async () => {
    mkdirSync(world.root, { recursive: true });
    writeFileSync(`${world.root}/sync-daemon.log`, 'x'.repeat(300 * 1024));
    const { pid } = await start();
    await world.shell(`kill -TERM ${pid}`);
    await until(() => !isAlive(pid));
    expect(statSync(`${world.root}/sync-daemon.log.1`).size).toBeGreaterThan(300 * 1024);
    expect(statSync(`${world.root}/sync-daemon.log`).size).toBeLessThan(2000);
  });
});

import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { healthProof, proveRequest, requestProof } from '../../src/model/own-proof.js';
import { doctor, verdictOn } from '../support/doctor.js';
import { argvOf, isAlive, sessionOf } from '../support/process-table.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { startOurs } from '../support/sync.js';
import { until } from '../support/until.js';
import { createWorld, type World } from '../support/world.js';

const DAEMON_PROGRAM = join(import.meta.dirname, '../../dist/sync-daemon.cjs');

/** Nonce and time of a new proof. */
const fresh = () => ({ nonce: randomUUID(), at: Date.now() });

describeIf([hasNetworkNamespace, hasPython], 'the sync daemon', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  test('has the expected argv, working directory, environment, descriptors and file modes (pitfalls 31 and 35)', async () => {
    const { pid, port, id, secret } = await startOurs(world, {
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

  test.each([
    { what: 'nothing', inherited: '' },
    { what: 'another file as descriptor of the lock', inherited: 'exec 3</dev/null;' },
  ])('records nothing and exits when started by hand with $what', async ({ inherited }) => {
    await world.shell(`mkdir -m 700 -p ${world.root}; touch ${world.root}/sync-daemon.lock`);
    const words = ['root=' + world.root, 'port=9400', 'id=' + 'a'.repeat(32)].map(
      (word) => `--spec-kitty-daemon-${word}`,
    );
    const { code, stderr } = await world.shell(
      `${inherited} exec ${process.execPath} ${DAEMON_PROGRAM} ${words.join(' ')}`,
    );
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('this program is started by `spec-kitty sync start`, not by hand'),
    });
    expect(readdirSync(world.root)).toEqual(['sync-daemon.lock']);
  });

  describe('its control plane', () => {
    test('answers health requests of any program, and answers a challenge without revealing its secret (pitfall 31)', async () => {
      const { port, id, secret } = await startOurs(world);
      const plain = await world.ask(port);
      expect(plain).toMatchObject({ status: 200 });
      expect(JSON.parse(plain.body)).toMatchObject({ status: 'ok', daemon_family: 'sync', proof: null });
      const asked = await world.ask(port, { headers: { 'X-Spec-Kitty-Challenge': 'nonce' } });
      expect(JSON.parse(asked.body)).toMatchObject({ proof: healthProof(secret, 'nonce', id, port) });
      expect(asked.body + plain.body).not.toContain(secret);
    });

    test('refuses forged, unproven and oversized requests, and stays healthy (pitfall 34)', async () => {
      const { pid, port, id, secret } = await startOurs(world);
      const post = (body: object | string, headers: Record<string, string> = {}) =>
        world.ask(port, {
          method: 'POST',
          path: '/api/shutdown',
          headers,
          body: typeof body === 'string' ? body : JSON.stringify(body),
        });
      const proof = (): object => proveRequest(secret, 'shutdown', id, port, fresh());
      const old = { nonce: 'n', at: Date.now() - 31_000 };
      const provenThen = { ...old, proof: requestProof(secret, 'shutdown', old, id, port) };
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
          post(proveRequest(secret, 'sync/trigger', id, port, fresh())),
          post(proveRequest(secret, 'shutdown', id, port + 1, fresh())),
          post(proveRequest('another secret', 'shutdown', id, port, fresh())),
          post({ ...proof(), ...old }),
          post(provenThen),
          post('x'.repeat(5000)),
          world.ask(port, { path: '/api/nothing' }),
        ]).then((answers) => answers.map(({ status }) => status)),
      ).toEqual([...Array.from({ length: 14 }, () => 403), 413, 404]);
      expect([isAlive(pid), (await world.ask(port)).status]).toEqual([true, 200]);
    });

    test('accepts a proven request once only', async () => {
      const { pid, port, id, secret } = await startOurs(world);
      const body = JSON.stringify(proveRequest(secret, 'sync/trigger', id, port, fresh()));
      const trigger = () => world.ask(port, { method: 'POST', path: '/api/sync/trigger', body });
      expect([(await trigger()).status, (await trigger()).status]).toEqual([202, 403]);
      expect(isAlive(pid)).toBe(true);
    });

    test('answers while clients hold silent connections open', async () => {
      const { port } = await startOurs(world);
      const idle = world.shell(
        `python3 -c "
import socket, time
held = [socket.create_connection(('127.0.0.1', ${port})) for _ in range(150)]
for s in held[:50]: s.send(b'POST /api/shutdown HTTP/1.1\\r\\nHost: 127.0.0.1:${port}\\r\\nContent-Length: 99\\r\\n\\r\\nhalf')
time.sleep(6)"`,
      );
      await sleep(500);
      expect((await world.ask(port)).status).toBe(200);
      await idle;
    }, 20_000);
  });

  test('is not stopped through a port forward, which proves nothing (pitfall 15)', async () => {
    const { pid, port } = await startOurs(world);
    const relay = await world.startRelay(9430, port);
    const { report } = await doctor(world, ['--reset']);
    // The daemon refuses requests whose Host header has another port.
    expect(verdictOn(report, 9430)).toBe('never_touch third_party');
    expect(verdictOn(report, port)).toBe('never_touch recorded_singleton');
    expect([isAlive(pid), relay.alive()]).toEqual([true, true]);
  });

  test('rotates a long log and keeps the previous one', async () => {
    mkdirSync(world.root, { recursive: true });
    writeFileSync(`${world.root}/sync-daemon.log`, 'x'.repeat(300 * 1024));
    const { pid } = await startOurs(world);
    await world.shell(`kill -TERM ${pid}`);
    await until(() => !isAlive(pid));
    expect(statSync(`${world.root}/sync-daemon.log.1`).size).toBeGreaterThan(300 * 1024);
    expect(statSync(`${world.root}/sync-daemon.log`).size).toBeLessThan(2000);
  });
});

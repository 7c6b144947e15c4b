import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Answer } from './ask.js';
import type { HostileBehaviour } from './third-party-listeners.js';
import { describeIf, hasNetworkNamespace, hasPython } from './requires.js';
import { createWorld, type World } from './world.js';

describeIf([hasPython, hasNetworkNamespace], 'a hostile listener', () => {
  let world: World;
  let port = 9400;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.close());

  /** @param seconds how long to read its answer */
  async function answerOf(behaviour: HostileBehaviour, seconds: number, subject?: number): Promise<Answer> {
    port += 1;
    await world.startHostile(port, behaviour, subject);
    return world.ask(port, { seconds });
  }

  test('sends one byte a second', async () => {
    const { head } = await answerOf('byte-a-second', 2.5);
    expect(['HT', 'HTT']).toContain(head);
  });

  test('sends an endless body', async () => {
    const { head, body } = await answerOf('endless-body', 5);
    expect(head).toContain(' 200 OK');
    expect(body.length).toBeGreaterThan(900_000);
  });

  test('sends endless headers', async () => {
    const { head } = await answerOf('endless-headers', 5);
    expect(head).toMatch(/^HTTP\/1\.0 200 OK\r\n/);
    expect(head.length).toBeGreaterThan(900_000);
  });

  test('announces a terabyte and stops after a few bytes', async () => {
    const { head, body } = await answerOf('huge-content-length', 0.5);
    expect(head).toContain('\r\nContent-Length: 1000000000000');
    expect(body).toBe('{"status": "ok", ');
  });

  test('answers with broken JSON', async () => {
    const { body } = await answerOf('broken-json', 5);
    expect(() => JSON.parse(body) as unknown).toThrow(SyntaxError);
  });

  test('answers as sync with 10,000 levels of nesting in 50 KB', async () => {
    const { body } = await answerOf('deep-json', 5);
    expect(body).toMatch(/^\{"status": "ok", "protocol_version": 1, "sync": (?:\{"":){10000}1\}{10001}$/);
    expect(body.length).toBeLessThan(64 * 1024);
  });

  test('answers as sync with terminal escape sequences in its version', async () => {
    const { body } = await answerOf('terminal-escapes', 5);
    expect(JSON.parse(body)).toMatchObject({
      status: 'ok',
      protocol_version: 1,
      package_version: '\u001b]0;title\u0007\u001b[2J\u001b[31m3.2.4\u001b[0m\r\n',
      sync: {},
    });
  });

  test('answers with an HTML page', async () => {
    const { head, body } = await answerOf('not-json', 5);
    expect(head).toContain('\r\nContent-type: text/html');
    expect(body).toBe('<h1>It works</h1>\n');
  });

  test('answers with a server error', async () => {
    expect((await answerOf('server-error', 5)).head).toContain(' 500 Internal Server Error');
  });

  test('closes the connection', async () => {
    expect(await answerOf('hangs-up', 5)).toEqual({ status: 0, head: '', body: '' });
  });

  test('redirects to another port', async () => {
    const { head } = await answerOf('redirect', 5, 9500);
    expect(head).toContain(' 302 Found');
    expect(head).toContain('\r\nLocation: http://127.0.0.1:9500/api/health');
  });

  test('claims to be another process', async () => {
    const { body } = await answerOf('impostor', 5, 4711);
    expect(JSON.parse(body)).toMatchObject({ daemon_family: 'sync', owner: { pid: 4711, port } });
  });

  test('answers as a dashboard', async () => {
    const body = JSON.parse((await answerOf('dashboard', 5)).body) as object;
    expect(body).toHaveProperty('project_path', '/home/me/project');
    expect(body).not.toHaveProperty('protocol_version');
  });
});

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Answer } from './ask.js';
import type { HostileBehaviour } from './bystanders.js';
import { argvOf } from './process-table.js';
import { describeIf, hasNetworkNamespace, hasPython, python } from './requires.js';
import { createWorld, type World } from './world.js';

const machine = [hasPython, hasNetworkNamespace];

interface Health {
  readonly [field: string]: unknown;
  readonly package_version?: string;
  readonly owner?: { readonly pid: number; readonly port: number };
}
const parsed = ({ body }: Answer): Health => JSON.parse(body) as Health;

describeIf(machine, 'a bystander', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  test('that is a dashboard has its argv, its fingerprint, and leaves when asked', async () => {
    const { pid, project, token, exited } = await world.startDashboard(9237);
    const [interpreter, flag, script, ...more] = argvOf(pid);
    expect([interpreter, flag, more]).toEqual([python, '-c', []]);
    expect(script).toContain('from specify_cli.dashboard.server import run_dashboard_server\n');
    expect(script).toContain(`run_dashboard_server(Path('${project}'), 9237, '${token}')`);
    expect(parsed(await world.ask(9237))).toEqual({
      status: 'ok',
      project_path: project,
      sync: { running: false, last_sync: null, consecutive_failures: 0 },
      websocket_status: 'Offline',
      token,
    });
    await world.ask(9237, { method: 'POST', path: '/api/shutdown', body: { token } });
    expect(await exited).toEqual({ code: 0, signal: null });
  });

  test('that is somebody else’s server may mention a daemon in its arguments', async () => {
    const extraArguments = ['run_sync_daemon(9401, "x")', '--spec-kitty-daemon-root=/home/me/.spec-kitty'];
    const { pid } = await world.startPlainHttp(9401, { extraArguments });
    expect(argvOf(pid)).toEqual(expect.arrayContaining(extraArguments));
    expect((await world.ask(9401)).body).toBe('<h1>It works</h1>\n');
  });

  test('that is silent holds fifty ports and never answers', async () => {
    await world.startSilent(Array.from({ length: 50 }, (_, index) => 9400 + index));
    const answers = await Promise.all([9400, 9449].map((port) => world.ask(port, { seconds: 0.5 })));
    expect(answers).toEqual(Array(2).fill({ head: '', body: '' }));
  });

  test('that is a relay passes on the answer of the daemon behind it, token included', async () => {
    const { token, journal } = await world.startDaemon({ port: 9500, version: '3.2.4' });
    await world.startRelay(9401, 9500);
    expect(parsed(await world.ask(9401))).toMatchObject({ token, owner: { port: 9500 } });
    expect(journal().requests).toEqual(['GET /api/health HTTP/1.1']);
  });
});

/** Each: what it does, its subject, how long to listen, and what must have come. */
const HOSTILE: readonly [HostileBehaviour, number | undefined, number, (answer: Answer) => void][] = [
  ['byte-a-second', undefined, 2.5, ({ head }) => { expect('HTTP').toContain(head); expect(head).not.toBe(''); }],
  ['endless-body', undefined, 5, ({ body }) => { expect(body.length).toBeGreaterThan(900_000); }],
  ['endless-headers', undefined, 5, ({ head }) => { expect(head.length).toBeGreaterThan(900_000); }],
  [
    'huge-content-length',
    undefined,
    0.5,
    (answer) => {
      expect(answer.head).toContain('\r\nContent-Length: 1000000000000');
      expect(answer.body).toBe('{"status": "ok", ');
    },
  ],
];

describeIf(machine, 'a hostile listener', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.close());
});

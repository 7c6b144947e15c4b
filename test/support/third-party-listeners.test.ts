import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { argvOf } from './process-table.js';
import { describeIf, hasNetworkNamespace, hasPython, python } from './requires.js';
import { createWorld, type World } from './world.js';

const machine = [hasPython, hasNetworkNamespace];

describeIf(machine, 'an imitated third-party listener', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  test('that is a dashboard has the argv and health answer of one, and exits when asked', async () => {
    const { pid, project, token, exited } = await world.startDashboard({ port: 9237 });
    const [interpreter, flag, script, ...more] = argvOf(pid);
    expect([interpreter, flag, more]).toEqual([python, '-c', []]);
    expect(script).toContain('from specify_cli.dashboard.server import run_dashboard_server\n');
    expect(script).toContain(`run_dashboard_server(Path('${project}'), 9237, '${token}')`);
    expect(JSON.parse((await world.ask(9237)).body)).toEqual({
      status: 'ok',
      project_path: project,
      sync: { running: false, last_sync: null, consecutive_failures: 0 },
      websocket_status: 'Offline',
      token,
    });
    await world.ask(9237, { method: 'POST', path: '/api/shutdown', body: { token } });
    expect(await exited).toEqual({ code: 0, signal: null });
  });

  test('that is a web server may mention a daemon in its arguments', async () => {
    const extraArguments = ['run_sync_daemon(9401, "x")', '--spec-kitty-daemon-root=/home/me/.spec-kitty'];
    const { pid } = await world.startPlainHttp(9401, { extraArguments });
    expect(argvOf(pid)).toEqual(expect.arrayContaining(extraArguments));
    expect((await world.ask(9401)).body).toBe('<h1>It works</h1>\n');
  });

  test('that is silent listens on fifty ports and never answers', async () => {
    await world.startSilent(Array.from({ length: 50 }, (_, index) => 9400 + index));
    const answers = await Promise.all([9400, 9449].map((port) => world.ask(port, { seconds: 0.5 })));
    expect(answers).toEqual(Array(2).fill({ status: 0, head: '', body: '' }));
  });

  test('that is a relay forwards the answer of the daemon behind it with its token', async () => {
    const { token, journal } = await world.startDaemon({ port: 9500, version: '3.2.4' });
    await world.startRelay(9401, 9500);
    expect(JSON.parse((await world.ask(9401)).body)).toMatchObject({ token, owner: { port: 9500 } });
    expect(journal().requests).toEqual(['GET /api/health HTTP/1.1']);
  });
});

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { dashboardUp, readyDashboard } from '../support/dashboard-command.js';
import { doctor } from '../support/doctor.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { HOSTED, readyDaemon, startOurs, sync } from '../support/sync.js';
import { createWorld, type World } from '../support/world.js';

const ANOTHER_USER = 12_345;

/** The kernel's table as another user can make it look: without the rows that match. */
const without = (pattern: string): readonly string[] => [
  ...['unshare', '--mount', 'sh', '-ec'],
  `mkdir -p tables; grep -v '${pattern}' /proc/net/tcp > tables/tcp; head -1 /proc/net/tcp6 > tables/tcp6; mount --bind tables /proc/$$/net; exec "$@"`,
  'sh',
];
/** As `without`, with the real IPv6 table. */
const withoutIpv4 = (pattern: string): readonly string[] =>
  without(pattern).map((word) => word.replace('head -1 /proc/net/tcp6', 'cat /proc/net/tcp6'));
const rowOfPort = (port: number): string => `: 0100007F:${port.toString(16).toUpperCase()} 00000000:`;
const NO_LISTENER = {
  scope: { could_not_look: expect.stringContaining('lacks a listener on port 9400') },
};

/*
 * Between two reads of /proc/net/tcp, another user can move rows forward in the kernel's bucket of a listener, so that
 * the listener's row is skipped.
 */
describeIf([hasNetworkNamespace, hasPython, isRoot], 'a live daemon whose row is missing', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  test('counts as unknown: no command starts another, stops it, or clears its state file', async () => {
    const daemon = await startOurs(world);
    const under = without(rowOfPort(9400));
    expect((await sync(world, 'now', { under })).report.outcome).toMatchObject({ reason: 'could_not_look' });
    const { report, code } = await doctor(world, ['--reset'], { under });
    expect({ report, code }).toMatchObject({ report: NO_LISTENER, code: 2 });
    expect((await sync(world, 'stop', { under })).code).toBe(1);
    expect(readyDaemon(await sync(world, 'now'))).toMatchObject({ how: 'reused', pid: daemon.pid });
  });

  test('counts as unknown also where another user listens on the same port with IPv6', async () => {
    const daemon = await startOurs(world);
    const env = { FIXTURE_V6ONLY: '1' };
    await world.startProgram('plain_http.py', [9400], { address: '::', uid: ANOTHER_USER, env });
    const under = withoutIpv4(rowOfPort(9400));
    expect((await sync(world, 'now', { under })).report.outcome).toMatchObject({ reason: 'could_not_look' });
    expect(readyDaemon(await sync(world, 'now'))).toMatchObject({ how: 'reused', pid: daemon.pid });
  });

  test('is gone for certain if only an IPv6 socket of another user accepts connections to its port', async () => {
    world.writeStateFile(['http://127.0.0.1:9400', 9400, 'a'.repeat(32)]);
    await world.startPlainHttp(9400, { address: '::', uid: ANOTHER_USER });
    expect(readyDaemon(await sync(world, 'now'))).toMatchObject({ how: 'started', port: 9401 });
  });

  test('keeps a state file without a PID', async () => {
    const daemon = await world.startDaemon({ port: 9400, version: '3.2.4' });
    world.writeStateFile(['http://127.0.0.1:9400', 9400, daemon.token]);
    const { report, code } = await doctor(world, ['--reset'], { under: without(rowOfPort(9400)) });
    expect({ report, code }).toMatchObject({ report: NO_LISTENER, code: 2 });
    expect({ alive: daemon.alive(), recorded: existsSync(`${world.root}/sync-daemon`) }).toEqual({
      alive: true,
      recorded: true,
    });
  });

  test('keeps a state file that cannot be parsed, and no daemon is started beside it', async () => {
    const daemon = await world.startDaemon({ port: 9400, version: '3.2.4' });
    world.writeStateFile(['cut off']);
    const under = without(rowOfPort(9400));
    const { outcome } = (await sync(world, 'now', { under })).report;
    expect(outcome).toMatchObject({ kind: 'degraded', reason: 'singleton_unknown' });
    const { report } = await doctor(world, ['--reset'], { under });
    expect(report.findings).toMatchObject([
      { remediation: { effect: expect.stringContaining(`PID ${daemon.pid} may be the daemon`) } },
    ]);
    expect({ alive: daemon.alive(), recorded: existsSync(`${world.root}/sync-daemon`) }).toEqual({
      alive: true,
      recorded: true,
    });
  });

  test('does not start a second dashboard', async () => {
    const { port, pid } = readyDashboard(await dashboardUp(world));
    const { report } = await dashboardUp(world, { under: without(rowOfPort(port)) });
    expect(report.outcome).toMatchObject({ kind: 'degraded', reason: 'could_not_look' });
    expect(readyDashboard(await dashboardUp(world))).toMatchObject({ how: 'reused', pid });
  });

  test('is not probed, and not ended, if it is unknown who received a connection to it', async () => {
    const daemon = await world.startDaemon({ port: 9400, version: '3.2.5' });
    world.recordSingleton(daemon);
    const { report } = await doctor(world, ['--reset'], { under: without('no row') });
    const detail = expect.stringContaining('it cannot be determined which process received the connection');
    expect(report.skipped).toMatchObject([{ pid: daemon.pid, skip_reason: 'singleton_unknown', detail }]);
    expect({ alive: daemon.alive(), requests: daemon.journal().requests }).toEqual({
      alive: true,
      requests: [],
    });
  });

  test('is found although another user moves the rows of its bucket', async () => {
    const { pid, port } = await startOurs(world);
    await world.startProgram('hide_listener.py', [port, 2000], { uid: ANOTHER_USER });
    for (let look = 0; look < 15; look++) {
      expect(readyDaemon(await sync(world, 'now', { env: HOSTED }))).toMatchObject({ how: 'reused', pid });
    }
  }, 60_000);
});

import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Running } from '../support/fixtures.js';
import { doctor } from '../support/doctor.js';
import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { describeIf, hasNetworkNamespace, hasPython, isRoot, python } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

const OTHER_USER = 12_345;

describeIf([hasNetworkNamespace, hasPython, isRoot], 'a reset with one process of every kind', () => {
  let world: World;
  let processes: Readonly<
    Record<
      | 'orphan'
      | 'preMarker'
      | 'elsewhere'
      | 'stuck'
      | 'setuid'
      | 'theirs'
      | 'live'
      | 'thirdParty'
      | 'dashboard',
      Running
    >
  >;
  beforeEach(async () => {
    world = await createWorld();
    const start = world.startDaemon;
    const live = await start({ port: 9407, version: '3.2.5' });
    world.recordSingleton(live);
    processes = {
      orphan: await start({ port: 9401, version: '3.2.3' }),
      preMarker: await start({ port: 9402, version: '3.1.4' }),
      elsewhere: await start({ port: 9403, version: '3.2.4', root: `${world.folder}/other/.spec-kitty` }),
      stuck: await start({ port: 9404, version: '3.2.4', silentSeconds: Infinity }),
      setuid: await start({ port: 9405, version: '3.2.2', realUid: OTHER_USER }),
      theirs: await start({ port: 9406, version: '3.2.3', uid: OTHER_USER }),
      live,
      thirdParty: await world.startPlainHttp(9408),
      dashboard: await world.startDashboard({ port: 9409 }),
    };
  });
  afterEach(() => world.close());

  const pidOf = (who: keyof typeof processes): number => processes[who].pid;
  const alive = (): readonly string[] =>
    Object.entries(processes)
      .filter(([, one]) => one.alive())
      .map(([name]) => name);
  const LEFT = ['setuid', 'theirs', 'live', 'thirdParty', 'dashboard'];

  test('reports the outcome of each process in exactly one of three arrays (AS-4, FR-005, SC-003, pitfall 42)', async () => {
    const { code, report } = await doctor(world, ['--reset']);
    const swept = (
      who: keyof typeof processes,
      port: number,
      [version, path, reason]: readonly [string | null, string, string],
    ) => ({
      ...{ pid: pidOf(who), port, package_version: version, cleanup_path: path, reason },
      protocol_version: version === null ? null : 1,
    });
    expect(report.swept).toEqual([
      swept('orphan', 9401, ['3.2.3', 'http_shutdown', 'proven_orphan']),
      swept('preMarker', 9402, ['3.1.4', 'http_shutdown', 'pre_marker']),
      swept('elsewhere', 9403, ['3.2.4', 'http_shutdown', 'cross_root']),
      swept('stuck', 9404, [null, 'terminate', 'unresponsive']),
    ]);
    const skipped = (who: keyof typeof processes, port: number, reason: string) =>
      expect.objectContaining({
        ...{ pid: pidOf(who), port, cleanup_class: 'never_touch', skip_reason: reason },
      });
    expect(report.skipped).toEqual([
      skipped('live', 9407, 'recorded_singleton'),
      skipped('thirdParty', 9408, 'third_party'),
      skipped('dashboard', 9409, 'dashboard_family'),
    ]);
    expect(report.failed).toEqual([
      {
        pid: null,
        port: 9405,
        failure_reason: 'missing_pid',
        detail: 'no process of our user that we may read holds this socket',
      },
      {
        pid: null,
        port: 9406,
        failure_reason: 'other_user',
        detail: `user ${OTHER_USER} opened the socket, and this command runs as user 0`,
      },
    ]);
    expect({ code, alive: alive() }).toEqual({ code: 1, alive: LEFT });
  }, 40_000);

  test('prints one line per process as text (AS-4)', async () => {
    const { code, stdout } = await world.run(['auth', 'doctor', '--reset']);
    const lines = stdout.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, '  '));
    const from = lines.indexOf('Retired 4, left alone 3, failed 2.');
    expect(lines.slice(from + 1, from + 10)).toEqual([
      `9401  PID ${pidOf('orphan')}  retired when asked  orphan, no longer in use`,
      `9402  PID ${pidOf('preMarker')}  retired when asked  release 3.1.x or older, names no root`,
      `9403  PID ${pidOf('elsewhere')}  retired when asked  daemon of another root`,
      `9404  PID ${pidOf('stuck')}  retired by SIGTERM  does not answer`,
      `9407  PID ${pidOf('live')}  left alone  live daemon`,
      `9408  PID ${pidOf('thirdParty')}  left alone  ${basename(realpathSync(python))} plain_http.py, another program`,
      `9409  PID ${pidOf('dashboard')}  left alone  dashboard`,
      '9405  PID unknown  failed  its process is unknown: no process of our user that we may read holds this socket',
      `9406  PID unknown  failed  another user's daemon: user ${OTHER_USER} opened the socket, and this command runs as user 0`,
    ]);
    expect({ code, alive: alive() }).toEqual({ code: 1, alive: LEFT });
  }, 40_000);
});

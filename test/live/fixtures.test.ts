import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import type { Daemon } from '../support/daemons.js';
import { argvOf, sessionOf } from '../support/process-table.js';
import { describeIf, hasNetworkNamespace, hasPython, python } from '../support/requires.js';
import { createWorld, type World } from '../support/world.js';

interface Recorded {
  readonly daemons: readonly RecordedDaemon[];
  readonly owner_json: string;
}

interface RecordedDaemon {
  readonly version: string;
  readonly pid: number;
  readonly port: number;
  readonly argv: readonly string[];
  readonly health_head: string;
  readonly health_body: string;
}

const recorded = JSON.parse(
  readFileSync(new URL('../recorded/released-daemons.json', import.meta.url), 'utf8'),
) as Recorded;
const machine = [hasPython, hasNetworkNamespace];

describeIf(machine, 'six fixture daemons, compared with the recording of released daemons', () => {
  let world: World;
  let version: string;
  const daemons: Daemon[] = [];

  beforeAll(async () => {
    version = pythonVersion();
    world = await createWorld();
    // Started in the recorded order, because the daemon that starts last writes the shared owner file.
    for (const { version, port, health_body } of recorded.daemons) {
      const { token } = JSON.parse(health_body) as { token: string };
      daemons.push(await world.startDaemon({ version, port, token }));
    }
  });
  afterAll(() => world.close());

  /** The recorded text with root, interpreter and PIDs of this run. */
  function here(text: string): string {
    return text
      .replace(/"pid": (\d+),/, (_, pid) => `"pid": ${pidHere(Number(pid))},`)
      .replaceAll('/home/me/.spec-kitty', world.root)
      .replaceAll('/usr/bin/python3.11', realpathSync(python))
      .replace(/^\/usr\/bin\/python3$/, python)
      .replace('Python/3.11.2', `Python/${version}`);
  }
  const pidHere = (pid: number): number =>
    pidOf(daemons[recorded.daemons.findIndex((daemon) => daemon.pid === pid)]);
  const withoutTimes = (text: string): string =>
    text
      .replace(/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/, '<date>')
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00/, '<time>');

  test.each(recorded.daemons.map((daemon, index) => ({ ...daemon, index })))(
    '$version has the recorded argv, session and health answer, byte for byte (pitfall 41)',
    async ({ index, port, argv, health_head, health_body }) => {
      const pid = pidOf(daemons[index]);
      expect(argvOf(pid)).toEqual(argv.map(here));
      expect(sessionOf(pid)).toBe(pid);
      const answer = await world.ask(port);
      expect(withoutTimes(answer.head)).toBe(withoutTimes(here(health_head)));
      expect(withoutTimes(answer.body)).toBe(withoutTimes(here(health_body)));
    },
  );

  test('share the owner file as recorded (pitfall 41)', () => {
    const text = readFileSync(join(world.root, 'sync', 'daemon', 'owner.json'), 'utf8');
    expect(withoutTimes(text)).toBe(withoutTimes(here(recorded.owner_json)));
  });

  test('3.2.0 to 3.2.3 name the daemon that started last as owner, 3.2.4 and later name themselves', async () => {
    const named = await Promise.all(
      daemons.map(async ({ port }) => JSON.parse((await world.ask(port)).body) as { owner: { pid: number } }),
    );
    const pids = daemons.map(pidOf);
    const last = pids.at(-1);
    expect(named.map(({ owner }) => owner.pid)).toEqual([last, last, last, last, pids.at(-2), last]);
  });
});

describeIf(machine, 'the incident', () => {
  test('is 18 daemons of three releases under one root, without a state file', async () => {
    const world = await createWorld();
    try {
      const daemons = await world.startIncident('quick');
      expect(daemons.map(({ port }) => port)).toEqual(Array.from({ length: 18 }, (_, index) => 9401 + index));
      expect(new Set(daemons.map(({ root }) => root))).toEqual(new Set([world.root]));
      expect(daemons.every((daemon) => daemon.alive())).toBe(true);
      expect(readdirSync(world.root)).toEqual(['sync', 'sync-daemon.log']);
    } finally {
      await world.close();
    }
  });
});

function pidOf(daemon: Daemon | undefined): number {
  if (!daemon) throw new Error('not started');
  return daemon.pid;
}

function pythonVersion(): string {
  const script = 'import platform; print(platform.python_version())';
  return spawnSync(python, ['-c', script], { encoding: 'utf8' }).stdout.trim();
}

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Daemon } from '../support/daemons.js';
import { candidateOn, doctor } from '../support/doctor.js';
import type { Running } from '../support/fixtures.js';
import { startTicksOf } from '../support/process-table.js';
import { canChoosePid, describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { INVOCATION } from '../support/product.js';
import { createWorld, type World } from '../support/world.js';

describeIf([hasNetworkNamespace, hasPython], 'targets of a reset', () => {
  let world: World;
  let orphans: readonly [Daemon, Daemon, Daemon];
  let preMarker: Daemon;
  let live: Daemon;
  let thirdParty: Running;
  beforeEach(async () => {
    world = await createWorld();
    live = await world.startDaemon({ port: 9400, version: '3.2.5' });
    world.recordSingleton(live);
    orphans = [
      await world.startDaemon({ port: 9405, version: '3.2.3' }),
      await world.startDaemon({ port: 9406, version: '3.2.3' }),
      await world.startDaemon({ port: 9407, version: '3.2.4' }),
    ];
    preMarker = await world.startDaemon({ port: 9408, version: '3.1.4' });
    thirdParty = await world.startPlainHttp(9420);
  });
  afterEach(() => world.close());

  const aliveOn = (): readonly string[] =>
    Object.entries({
      9400: live,
      9405: orphans[0],
      9406: orphans[1],
      9407: orphans[2],
      9408: preMarker,
      9420: thirdParty,
    })
      .filter(([, process]) => process.alive())
      .map(([port]) => port);
  const EVERYBODY = ['9400', '9405', '9406', '9407', '9408', '9420'];

  test('only the union of the targets is retired, and every other listener is skipped as not_selected', async () => {
    const { report, code } = await doctor(world, ['--reset', '9405', `pid:${preMarker.pid}`]);
    expect(report.swept?.map(({ port }) => port)).toEqual([9405, 9408]);
    expect(report.skipped?.map(({ port, skip_reason: reason }) => [port, reason])).toEqual(
      [9400, 9406, 9407, 9420].map((port) => [port, 'not_selected']),
    );
    expect(report.failed).toEqual([]);
    expect({ code, alive: aliveOn() }).toEqual({ code: 1, alive: ['9400', '9406', '9407', '9420'] });
    for (const spared of [live, orphans[1], orphans[2]])
      expect(spared.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
  });

  test('pid:PID@START retires the process that was started then', async () => {
    const [, , third] = orphans;
    const { report } = await doctor(world, ['--reset', `pid:${third.pid}@${startTicksOf(third.pid)}`]);
    expect(report.swept).toMatchObject([{ port: 9407, pid: third.pid }]);
    expect(aliveOn()).toEqual(['9400', '9405', '9406', '9408', '9420']);
  });

  test('--dry-run shows the same plan and does nothing', async () => {
    const { report } = await doctor(world, ['--reset', '--dry-run', '9405']);
    expect(report.plan?.filter(({ action }) => action === 'retire').map(({ port }) => port)).toEqual([9405]);
    const others = report.plan?.filter(({ action }) => action !== 'retire') ?? [];
    expect(others.map(({ action, reason }) => `${action} ${String(reason)}`)).toEqual(
      Array(5).fill('skip not_selected'),
    );
    expect(aliveOn()).toEqual(EVERYBODY);
  });

  test('--only with a target of its class retires that target and no other of the class', async () => {
    const { report } = await doctor(world, ['--reset', '--only', 'safe_auto', '9405']);
    expect(report.swept?.map(({ port }) => port)).toEqual([9405]);
    expect(aliveOn()).toEqual(['9400', '9406', '9407', '9408', '9420']);
  });
});

describeIf([hasNetworkNamespace, hasPython], 'a reset is refused, and nothing is done,', () => {
  let world: World;
  let processes: readonly Running[];
  let orphan: Daemon;
  let pair: readonly [Daemon, Daemon];
  beforeAll(async () => {
    world = await createWorld();
    const live = await world.startDaemon({ port: 9400, version: '3.2.5' });
    world.recordSingleton(live);
    orphan = await world.startDaemon({ port: 9405, version: '3.2.3' });
    pair = [
      await world.startDaemon({ port: 9410, version: '3.2.3' }),
      await world.startDaemon({ port: 9410, version: '3.2.4', address: '127.0.0.2' }),
    ];
    processes = [
      ...[live, orphan, ...pair],
      await world.startDaemon({ port: 9408, version: '3.1.4' }),
      await world.startPlainHttp(9420),
    ];
    const root = `${world.folder}/another-home/.spec-kitty`;
    const elsewhere = await world.startDaemon({ port: 9424, version: '3.2.5', root });
    world.recordSingleton(elsewhere);
    processes = [...processes, elsewhere];
  });
  afterAll(() => world.close());

  /** Types the words as text and with --json. @returns what stderr says */
  async function refusal(words: readonly string[]): Promise<string> {
    const text = await world.run(['auth', 'doctor', ...words]);
    expect({ code: text.code, stdout: text.stdout }).toEqual({ code: 2, stdout: '' });
    const asJson = await world.run(['auth', 'doctor', '--json', ...words]);
    expect({ code: asJson.code, json: asJson.json() }).toMatchObject({
      code: 2,
      json: { error: { message: expect.any(String), next_step: expect.any(String) } },
    });
    expect(processes.map((one) => one.alive())).toEqual(processes.map(() => true));
    expect(orphan.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
    return text.stderr;
  }

  describe.each([[[]], [['--dry-run']]])('also with %j,', (more) => {
    test('if nothing listens on a target, although another target is an orphan', async () => {
      expect(await refusal(['--reset', ...more, '9405', '9411'])).toContain('nothing listens on port 9411');
    });
    test('if a PID listens on no port', async () => {
      expect(await refusal(['--reset', ...more, `pid:${process.pid}`])).toContain(
        `PID ${process.pid} listens on no sync port`,
      );
    });
    test('if the PID has another start time, as after the PID was reused', async () => {
      const other = `pid:${orphan.pid}@${startTicksOf(orphan.pid) + 1}`;
      expect(await refusal(['--reset', ...more, other])).toContain(`${other} is gone`);
    });
    test.each([
      ['9400', 'live daemon'],
      ['9420', 'another program'],
      ['9424', 'live daemon of another root'],
    ])('if the target %s is never to be touched', async (target, words) => {
      const message = await refusal(['--reset', ...more, '9405', target]);
      expect(message).toContain(`no reset of yours retires ${target} (${words})`);
      expect(message).toContain(`auth doctor --explain ${target}`);
    });
    test('if several sockets listen on the port, and the pid: form of each is named', async () => {
      const message = await refusal(['--reset', ...more, '9410']);
      expect(message).toContain('2 sockets listen on port 9410');
      for (const { pid } of pair)
        expect(message).toContain(`${INVOCATION} auth doctor --reset pid:${pid}@${startTicksOf(pid)}`);
    });
    test('if --only excludes a target', async () => {
      const message = await refusal(['--reset', ...more, '--only', 'safe_auto', '9408']);
      expect(message).toContain(
        '9408 is for you to decide about (operator_required), and `--only safe_auto` leaves it alone',
      );
    });
  });

  test.each([
    [
      ['--reset', '--explain', '9405'],
      ['auth doctor --explain 9405', 'auth doctor --reset 9405'],
    ],
    [
      ['--reset', '--explain'],
      ['auth doctor --explain`', 'auth doctor --reset`'],
    ],
    [['--reset', '--dry-run', '--explain', 'pid:12@34'], ['auth doctor --reset pid:12@34']],
    [['--reset', '--facts', 'a b.json'], ["auth doctor --facts 'a b.json'"]],
    [['--reset', '--save-facts', 'facts.json'], ['auth doctor --save-facts facts.json']],
    [
      ['--reset', '9405', '--explain', '9406'],
      ['auth doctor --explain 9406', 'auth doctor --reset 9406 9405'],
    ],
    [['9405'], ['auth doctor --explain 9405', 'auth doctor --reset 9405']],
    [['--reset', '9500'], ['a target is a sync port (9400-9449) or pid:PID[@START]']],
    [['--reset', '9237'], ['a target is a sync port']],
    [['--reset', 'everything'], ['a target is a sync port']],
    [['--reset', '9401-9418'], ['a target is a sync port']],
    [['--reset', 'pid:12@'], ['a target is a sync port']],
  ])('if the words are %j, and what to type is named', async (words, commands) => {
    const message = await refusal(words);
    for (const command of commands) expect(message).toContain(command);
  });

  test('the pid: form that is named retires one of two daemons on a port', async () => {
    const [one, other] = pair;
    const { report } = await doctor(world, ['--reset', `pid:${one.pid}@${startTicksOf(one.pid)}`]);
    expect(report.swept).toMatchObject([{ pid: one.pid, port: 9410 }]);
    expect([one.alive(), other.alive(), orphan.alive()]).toEqual([false, true, true]);
  });
});

describeIf([hasNetworkNamespace, hasPython], 'a target whose process listens on two ports', () => {
  let world: World;
  beforeEach(async () => {
    world = await createWorld();
  });
  afterEach(() => world.close());

  test('is that process on both ports, since a process ends on all of them', async () => {
    const daemon = await world.startDaemon({ port: 9405, version: '3.2.3', alsoOn: 9406 });
    const neighbour = await world.startDaemon({ port: 9407, version: '3.2.3' });
    const { report } = await doctor(world, ['--reset', '9405']);
    expect(report.swept?.map(({ port, pid }) => [port, pid])).toEqual([
      [9405, daemon.pid],
      [9406, daemon.pid],
    ]);
    expect(neighbour.alive()).toBe(true);
  });
});

describeIf(
  [hasNetworkNamespace, hasPython, canChoosePid],
  'a PID that was reused between list and reset',
  () => {
    let world: World;
    beforeEach(async () => {
      world = await createWorld({ init: 'reaps' });
    });
    afterEach(() => world.close());

    test('is not what the printed command names, although the later process is an orphan on the same port (pitfall 6)', async () => {
      const kind = { port: 9405, version: '3.1.4' };
      const listed = await world.startDaemon(kind);
      const words =
        candidateOn((await doctor(world)).report, 9405)
          .remediation?.command?.split(' ')
          .slice(3) ?? [];
      expect(words.at(-1)).toContain(`pid:${listed.pid}@`);
      await world.shell(`kill -KILL ${listed.pid}`);
      await listed.exited;
      await world.shell(`echo ${listed.pid - 1} > /proc/sys/kernel/ns_last_pid`);
      const later = await world.startDaemon(kind);
      expect(later.pid).toBe(listed.pid);
      const { code, stderr } = await world.run(['auth', 'doctor', ...words]);
      expect({ code, alive: later.alive() }).toEqual({ code: 2, alive: true });
      expect(stderr).toContain(`PID ${later.pid} is not the process with that start time`);
      expect(later.journal()).toMatchObject({ shutdownTokens: [], leaving: [] });
    });
  },
);

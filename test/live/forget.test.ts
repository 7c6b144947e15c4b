import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dashboardRecords, dashboardUp, readyDashboard } from '../support/dashboard-command.js';
import { doctor } from '../support/doctor.js';
import { isAlive } from '../support/process-table.js';
import { INVOCATION, type RunOptions } from '../support/product.js';
import { describeIf, hasNetworkNamespace, hasPidNamespace, hasPython, isRoot } from '../support/requires.js';
import { HOSTED, readyDaemon, sync } from '../support/sync.js';
import { typed } from '../support/typed.js';
import { until } from '../support/until.js';
import { AS_USER, BECOME_USER, createUserWorld, USER, type UserWorld } from '../support/user-world.js';
import type { World } from '../support/world.js';

let world: World;
let ours: UserWorld;
/** Daemons in network namespaces that the world does not know. */
const elsewhere: number[] = [];
beforeEach(async () => {
  ours = await createUserWorld();
  ({ world } = ours);
});
afterEach(async () => {
  for (const pid of elsewhere.splice(0)) if (isAlive(pid)) await kill(pid);
  await world.close();
});

/** A printed step: what is typed, alone on its line, and below it what it does. */
const STEP = /^next step: (.*)\n {4}# (.*)$/m;

const identity = (): string => join(ours.root, 'sync/daemon/identity');
const recordFile = (): string =>
  join(identity(), readdirSync(identity()).find((name) => name.endsWith('.json')) ?? '');

/** A network namespace of its own. The PIDs stay those of the machine. */
const inOtherNetwork = (): RunOptions => ({
  under: ['unshare', '--net', '--', 'sh', '-c', `ip link set lo up; exec ${BECOME_USER} "$@"`, 'sh'],
  env: { HOME: ours.home, ...HOSTED },
});
/** A container: a network namespace and a PID namespace. */
const inContainer = (): RunOptions => ({
  under: [
    ...['unshare', '--net', '--pid', '--fork', '--kill-child', '--mount-proc', '--', 'sh', '-c'],
    ...[`ip link set lo up; ${BECOME_USER} "$@"`, 'sh'],
  ],
  env: { HOME: ours.home, ...HOSTED },
});

const start = async (options = AS_USER): Promise<number> => {
  const { pid } = readyDaemon(await sync(world, 'start', options));
  if (options.under) elsewhere.push(pid);
  return pid;
};
async function kill(pid: number): Promise<void> {
  await world.shell(`kill -KILL ${pid}`);
  await until(() => !isAlive(pid));
}
/** Makes the record one of 3.3.0, which declares no lock. */
function withoutLock(change: (record: string) => string = (record) => record): void {
  const text = readFileSync(recordFile(), 'utf8');
  writeFileSync(recordFile(), change(text.replace(',"holds_lock":true', '')));
}

describeIf([hasNetworkNamespace, hasPython, isRoot], 'a state file whose daemon lives stays', () => {
  test('in the same namespaces: the printed command stops the daemon', async () => {
    const pid = await start();
    const { code, result, next_step: step } = await ours.forgotten(AS_USER, ['--ended-elsewhere']);
    expect({ code, result, alive: isAlive(pid) }).toEqual({ code: 1, result: 'refused', alive: true });
    expect(step).toMatch(new RegExp(String.raw`^${INVOCATION} sync stop `));
    expect(await typed(world, step, AS_USER)).toMatchObject({ code: 0 });
    expect([isAlive(pid), existsSync(ours.stateFile)]).toEqual([false, false]);
    expect(await ours.forgotten()).toMatchObject({ code: 0, result: 'nothing' });
  });

  test('suspended: the printed command resumes it', async () => {
    const pid = await start();
    await world.shell(`kill -STOP ${pid}`);
    const { code, next_step: step } = await ours.forgotten(AS_USER, ['--ended-elsewhere']);
    expect({ code, step }).toEqual({ code: 1, step: `kill -CONT ${pid}  # resumes it` });
    await typed(world, step, AS_USER);
    expect(readyDaemon(await sync(world, 'now', AS_USER))).toMatchObject({ how: 'reused', pid });
  });

  test.each(['3.3.0, without a lock', 'this version'])(
    'in another network namespace, a daemon of %s: found by its command line, and none is started',
    async (version) => {
      const pid = await start(inOtherNetwork());
      if (version !== 'this version') withoutLock();
      expect(await ours.forgotten(AS_USER, ['--ended-elsewhere'])).toMatchObject({
        code: 1,
        detail: `PID ${pid} is the daemon that the state file names`,
      });
      const now = await sync(world, 'now', AS_USER);
      expect(now.report.outcome).toMatchObject({ kind: 'degraded', reason: 'recorded_elsewhere' });
      expect((await doctor(world, ['--reset'], AS_USER)).report.findings).toContainEqual(
        expect.objectContaining({
          id: 'recorded_elsewhere',
          remediation: { command: null, effect: expect.stringContaining(`PID ${pid}, which listens`) },
        }),
      );
      expect([isAlive(pid), existsSync(ours.stateFile)]).toEqual([true, true]);
    },
  );

  test('a released daemon in another network namespace: a reset keeps the file, and none is started', async () => {
    const daemon = await world.startDaemon({
      port: 9421,
      version: '3.2.4',
      uid: USER,
      prefix: ['unshare', '--user', '--map-current-user', '--net', '--pid', '--fork', '--kill-child', '--'],
    });
    elsewhere.push(daemon.startedPid);
    ours.writeStateFile(['http://127.0.0.1:9421', 9421, daemon.token, 2]);
    await doctor(world, ['--reset'], AS_USER);
    expect(await ours.forgotten(AS_USER, ['--ended-elsewhere'])).toMatchObject({
      code: 1,
      result: 'refused',
    });
    expect((await sync(world, 'now', AS_USER)).report.outcome).toMatchObject({
      reason: 'recorded_elsewhere',
    });
    expect([existsSync(ours.stateFile), isAlive(daemon.startedPid)]).toEqual([true, true]);
    // A daemon of another root, with the same port here, is not that daemon.
    await world.startDaemon({ port: 9421, version: '3.2.4', uid: USER, root: `${ours.home}/other` });
    expect((await sync(world, 'now', AS_USER)).report.outcome).toMatchObject({
      reason: 'recorded_elsewhere',
    });
    expect([existsSync(ours.stateFile), isAlive(daemon.startedPid)]).toEqual([true, true]);
  });

  test('a file that the superuser wrote may name a process of the superuser, which is not read', async () => {
    ours.writeStateFile(['http://127.0.0.1:9421', 9421, 'a'.repeat(32), 4_194_303]);
    await world.shell(`chown 0:0 ${ours.stateFile}`);
    expect((await sync(world, 'now', AS_USER)).report.outcome).toMatchObject({
      reason: 'recorded_elsewhere',
    });
    expect(await ours.forgotten()).toMatchObject({
      code: 1,
      detail: expect.stringContaining('as a process of the superuser'),
    });
    expect(await ours.forgotten(AS_USER, ['--ended-elsewhere'])).toMatchObject({
      code: 0,
      result: 'removed',
    });
    expect(readyDaemon(await sync(world, 'now', AS_USER))).toMatchObject({ how: 'started' });
  });

  test('a socket on its port that may pass on its answers', async () => {
    const pid = await start(inOtherNetwork());
    withoutLock();
    await kill(pid);
    const { port } = JSON.parse(readFileSync(recordFile(), 'utf8')) as { port: number };
    const forward = await world.startRelay(port, 9450);
    const { code, next_step: step } = await ours.forgotten(AS_USER, ['--ended-elsewhere']);
    expect({ code, step }).toEqual({ code: 1, step: expect.stringContaining(`sport = :${port}`) });
    forward.signal('SIGKILL');
    await forward.exited;
    expect(await ours.forgotten()).toMatchObject({ code: 0, result: 'removed' });
  });

  test('while another cleanup, or a start, has the lock', async () => {
    ours.writeStateFile('garbage');
    await world.shell(
      `setsid --fork ${BECOME_USER} flock ${ours.root}/sync-daemon.lock sleep 3 >/dev/null 2>&1; sleep 0.3`,
    );
    const run = await world.run(['sync', 'forget'], AS_USER);
    expect(run).toMatchObject({ code: 2, stderr: expect.stringContaining('has held sync-daemon.lock') });
    expect(readFileSync(ours.stateFile, 'utf8')).toBe('garbage');
  });
});

describeIf(
  [hasNetworkNamespace, hasPidNamespace, hasPython],
  'a state file whose daemon cannot be looked for',
  () => {
    test('a daemon that holds its lock outside the container is not forgotten, whatever the operator says', async () => {
      const pid = await start(inOtherNetwork());
      expect(await ours.forgotten(inContainer(), ['--ended-elsewhere'])).toMatchObject({
        code: 1,
        detail: expect.stringContaining('the daemon that it names lives: it has its lock'),
      });
      await kill(pid);
      expect(await ours.forgotten(inContainer())).toMatchObject({
        code: 0,
        result: 'removed',
        detail: expect.stringContaining('nothing has its lock'),
      });
    });

    test.each([
      ['sync now', `${INVOCATION} sync forget`],
      ['sync start', `${INVOCATION} sync forget`],
      ['sync stop', `${INVOCATION} sync forget`],
    ])('%s prints the command that clears it where all processes are seen', async (words, command) => {
      const pid = await start(inOtherNetwork());
      withoutLock();
      await kill(pid);
      const { stdout, stderr } = await world.run(words.split(' '), { ...AS_USER, env: HOSTED });
      const [, step = '', effect = ''] = STEP.exec(stdout + stderr) ?? [];
      expect(step).toBe(command);
      expect(effect).toMatch(/^clears the state file, after it has proven/);
      expect(await typed(world, step, AS_USER)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('no process of this machine is'),
      });
      expect(await start()).toBeGreaterThan(0);
    });

    test('doctor prints the command, and the journal has what it did', async () => {
      const pid = await start(inOtherNetwork());
      withoutLock();
      await kill(pid);
      const finding = async () =>
        (await doctor(world, [], AS_USER)).report.findings.find(({ id }) => id === 'recorded_elsewhere');
      await typed(world, (await finding())?.remediation?.command ?? '', AS_USER);
      expect(await finding()).toBeUndefined();
      const { report } = await doctor(world, [], AS_USER);
      expect(report.recent[0]).toMatchObject({ asked_by: 'sync forget', pid, result: 'removed' });
      expect((await world.run(['auth', 'doctor'], AS_USER)).stdout).toContain('state file removed');
    });

    test('in a container it says where to look, and the operator vouches for that', async () => {
      const pid = await start(inOtherNetwork());
      withoutLock();
      await kill(pid);
      const options = inContainer();
      const { stderr } = await world.run(['sync', 'start'], options);
      const [, step = '', effect = ''] = STEP.exec(stderr) ?? [];
      expect(step).toBe(`${INVOCATION} sync forget`);
      expect(effect).toContain('else says where to look first');
      const refused = await typed(world, step, options);
      expect(refused).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(
          `outside this container, and in every other container with this root (PID ${pid} there, port 9400, network namespace net:[`,
        ),
      });
      expect(existsSync(ours.stateFile)).toBe(true);
      const [, vouch = '', condition = ''] = STEP.exec(refused.stderr) ?? [];
      expect(vouch).toBe(`${INVOCATION} sync forget --ended-elsewhere`);
      expect(condition).toMatch(/^only after "pgrep -fa [0-9a-f]{32}"/);
      expect(await typed(world, vouch, options)).toMatchObject({ code: 0 });
      expect(existsSync(ours.stateFile)).toBe(false);
    });

    test('the file of a released daemon in a container: nothing is started beside it until it is forgotten', async () => {
      const daemon = await world.startDaemon({ port: 9421, version: '3.2.4', uid: USER });
      world.recordSingleton(daemon);
      ours.own(ours.stateFile);
      const options = inContainer();
      expect((await sync(world, 'now', options)).report.outcome).toMatchObject({
        reason: 'recorded_elsewhere',
      });
      expect(await ours.forgotten(options)).toMatchObject({
        code: 1,
        next_step: expect.stringContaining('--ended-elsewhere  # only after `pgrep -fa '),
      });
      expect([existsSync(ours.stateFile), daemon.alive()]).toEqual([true, true]);
    });

    test('a daemon that ran before the last boot; in a container, the boot id may be its own', async () => {
      const pid = await start(inOtherNetwork());
      withoutLock((record) => record.replace(/"boot_id":"[^"]*"/, '"boot_id":"earlier"'));
      await kill(pid);
      expect(await ours.forgotten(inContainer())).toMatchObject({ code: 1, result: 'refused' });
      expect(await ours.forgotten()).toMatchObject({
        code: 0,
        detail: expect.stringContaining('before the last boot of this machine'),
      });
    });

    test('a daemon that ran before the last boot of a machine whose id is another one', async () => {
      const pid = await start(inOtherNetwork());
      withoutLock((record) =>
        record
          .replace(/"boot_id":"[^"]*"/, '"boot_id":"earlier"')
          .replace(/"machine_id":(?:null|"[^"]*")/, '"machine_id":"other"'),
      );
      await kill(pid);
      expect(await ours.forgotten()).toMatchObject({
        code: 1,
        detail: expect.stringContaining('it may run on that machine'),
      });
      expect(await ours.forgotten(AS_USER, ['--ended-elsewhere'])).toMatchObject({
        code: 0,
        result: 'removed',
      });
    });

    test('where /proc hides processes, no process proves anything', async () => {
      const pid = await start(inOtherNetwork());
      withoutLock();
      await kill(pid);
      const under = [
        'unshare',
        '--mount',
        'sh',
        '-c',
        `mount -t proc -o hidepid=2 proc /proc; exec ${BECOME_USER} "$@"`,
        'sh',
      ];
      expect(await ours.forgotten({ under, env: { HOME: ours.home } })).toMatchObject({
        code: 1,
        result: 'refused',
      });
    });

    test('a dashboard: the printed command clears its state file', async () => {
      const { pid } = readyDashboard(await dashboardUp(world, inOtherNetwork()));
      elsewhere.push(pid);
      const file = join(world.project, '.kittify/.dashboard');
      const folder = join(world.project, '.kittify/.dashboard.d/identity');
      const record = join(folder, `${String(dashboardRecords(world.project)[0]?.['id'])}.json`);
      writeFileSync(record, readFileSync(record, 'utf8').replace(',"holds_lock":true', ''));
      const { outcome } = (await dashboardUp(world, AS_USER)).report;
      const step = 'next_step' in outcome ? outcome.next_step : '';
      expect(outcome).toMatchObject({ reason: 'recorded_elsewhere' });
      const options = { cwd: world.project, ...AS_USER };
      expect(await typed(world, step, options)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(`PID ${pid} is the daemon that the state file names`),
      });
      await kill(pid);
      expect(await typed(world, step, options)).toMatchObject({ code: 0 });
      expect(existsSync(file)).toBe(false);
      expect(readyDashboard(await dashboardUp(world, AS_USER))).toMatchObject({ how: 'started' });
    });
  },
);

describeIf([hasNetworkNamespace, hasPython, isRoot], 'a state file that names no daemon', () => {
  test('is put aside with its content, by the command that doctor prints', async () => {
    ours.writeStateFile('garbage');
    const { report } = await doctor(world, [], AS_USER);
    const [finding] = report.findings.filter(({ id }) => id === 'state_file_unusable');
    const { code, stdout } = await typed(world, finding?.remediation?.command ?? '', AS_USER);
    expect(code).toBe(0);
    const movedTo = / aside as (\S+): /.exec(stdout)?.[1] ?? '';
    expect(movedTo).toMatch(/sync-daemon\.\d{8}T\d{6}Z\.unusable$/);
    expect([readFileSync(movedTo, 'utf8'), existsSync(ours.stateFile)]).toEqual(['garbage', false]);
    expect((await doctor(world, [], AS_USER)).report.findings).toEqual([]);
  });

  test('stays while a daemon of this root runs that it may mean; the printed command ends that daemon', async () => {
    const daemon = await world.startDaemon({ port: 9422, version: '3.2.4', uid: USER });
    ours.writeStateFile('garbage');
    expect(await ours.forgotten(AS_USER, ['--ended-elsewhere'])).toMatchObject({
      code: 1,
      detail: `PID ${daemon.pid} may be the daemon that the state file names`,
    });
    const { report } = await doctor(world, [], AS_USER);
    await typed(world, report.candidates[0]?.remediation?.command ?? '', AS_USER);
    await until(() => !daemon.alive());
    expect(await ours.forgotten()).toMatchObject({ code: 0, result: 'put_aside' });
  });

  test('stays while such a daemon ignores SIGTERM; the second printed command ends it', async () => {
    const daemon = await world.startDaemon({ port: 9422, version: '3.2.4', uid: USER, ignoresTerm: true });
    ours.writeStateFile('garbage');
    const { next_step: step } = await ours.forgotten();
    await typed(world, step, AS_USER);
    expect((await ours.forgotten()).code).toBe(1);
    const [, orElse] = /if it is still there after 10 s, `(.*)`$/.exec(step ?? '') ?? [];
    await typed(world, orElse, AS_USER);
    await until(() => !daemon.alive());
    expect(await ours.forgotten()).toMatchObject({ code: 0, result: 'put_aside' });
  });

  test('a daemon of another root is not meant', async () => {
    const daemon = await world.startDaemon({
      port: 9423,
      version: '3.2.4',
      uid: USER,
      root: `${world.folder}/other/.spec-kitty`,
    });
    await world.shell(`mkdir -p ${daemon.root}`);
    ours.writeStateFile('garbage');
    expect(await ours.forgotten()).toMatchObject({ code: 0, result: 'put_aside' });
    expect(daemon.alive()).toBe(true);
  });
});

import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { chmodSync, chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dashboardStop, dashboardUp, readyDashboard } from '../support/dashboard-command.js';
import { doctor } from '../support/doctor.js';
import type { RunOptions } from '../support/product.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { HOSTED, readyDaemon, sync } from '../support/sync.js';
import { typed } from '../support/typed.js';
import { createWorld, type World } from '../support/world.js';
import { INVOCATION } from '../support/product.js';

const USER = 12_345;
const AS_USER: RunOptions = { uid: USER };

describeIf([hasNetworkNamespace, hasPython, isRoot], 'a root that cannot be used (pitfall 27)', () => {
  let world: World;
  let root: string;
  beforeEach(async () => {
    world = await createWorld();
    root = `${world.folder}/home-${USER}/.spec-kitty`;
    await sync(world, 'start', AS_USER);
    await sync(world, 'stop', AS_USER);
  });
  afterEach(() => world.close());

  /** The step that `sync start` prints, as a user reads it. */
  const printedStep = async (options: RunOptions = AS_USER): Promise<string> => {
    const { stderr } = await world.run(['sync', 'start'], { env: HOSTED, ...options });
    return /^next step: (.*)$/m.exec(stderr)?.[1] ?? stderr;
  };
  /** Types a printed step literally; `sudo` as the test's own user, which is root. */
  const type = async (step: string, uid?: number): Promise<void> => {
    expect(step).toMatch(/^(?:sudo|mv|chmod) /);
    const words = step.startsWith('sudo ') ? step.slice('sudo '.length) : step;
    const under = uid === undefined || words !== step ? '' : `setpriv --reuid=${uid} --clear-groups `;
    expect(await world.shell(`${under}${words}`)).toMatchObject({ code: 0, stderr: '' });
  };
  const startsNow = async (options = AS_USER): Promise<void> => {
    expect(readyDaemon(await sync(world, 'start', options))).toMatchObject({ how: 'started' });
  };

  describe('a command was run with sudo once, and left a file of the superuser', () => {
    test.each([
      'sync-daemon.lock',
      'sync-daemon',
      'sync-daemon.log',
      'sync',
      'sync/daemon',
      'sync/daemon/identity',
    ])('%s: the message names it, and the printed command gives it back', async (name) => {
      const path = `${root}/${name}`;
      if (!existsSync(path)) writeFileSync(path, '');
      chownSync(path, 0, 0);
      chmodSync(path, 0o700);
      const step = await printedStep();
      expect(step).toMatch(new RegExp(`^sudo chown ${USER} -- ${path}$`));
      await type(step);
      await startsNow();
    });

    test('several files: one command for all of them', async () => {
      for (const name of ['sync-daemon.lock', 'sync-daemon.log', 'sync/daemon/identity']) {
        chownSync(`${root}/${name}`, 0, 0);
        chmodSync(`${root}/${name}`, 0o700);
      }
      await type(await printedStep());
      await startsNow();
    });

    test('the root itself: it is given back as a whole', async () => {
      await world.shell(`chown -R 0:0 ${root}; chmod 755 ${root}`);
      const step = await printedStep();
      expect(step).toMatch(new RegExp(`^sudo chown -R ${USER} -- ${root}$`));
      await type(step);
      await startsNow();
    });

    test.each(['sync/daemon/sweep.lock', 'sync/daemon/journal.jsonl'])(
      '%s: a reset names it, and resets after the printed command',
      async (name) => {
        const orphan = await world.startDaemon({ port: 9401, version: '3.2.3', uid: USER });
        const path = `${root}/${name}`;
        if (!existsSync(path)) writeFileSync(path, '');
        chownSync(path, 0, 0);
        chmodSync(path, 0o600);
        const { stdout, stderr } = await world.run(['auth', 'doctor', '--reset'], AS_USER);
        const step = /sudo chown \S+ -- \S+/.exec(stdout + stderr)?.[0] ?? stdout + stderr;
        expect(step).toBe(`sudo chown ${USER} -- ${path}`);
        expect(orphan.alive()).toBe(true);
        await type(step);
        const { report } = await doctor(world, ['--reset'], AS_USER);
        expect(report.swept).toMatchObject([{ pid: orphan.pid }]);
      },
    );

    test('doctor prints the command for a state file that it cannot read', async () => {
      writeFileSync(`${root}/sync-daemon`, '', { mode: 0o600 });
      const { report } = await doctor(world, [], AS_USER);
      const [finding] = report.findings.filter(({ id }) => id === 'state_file_unusable');
      await type(finding?.remediation?.command ?? '');
      expect((await doctor(world, [], AS_USER)).report.findings[0]?.summary).not.toContain('EACCES');
    });
  });

  test('under sudo in the home of a user: it says to run it as that user, and leaves the root as it is', async () => {
    const env = { SPEC_KITTY_HOME: root };
    const step = await printedStep({ env: { ...HOSTED, ...env } });
    expect(step).toContain(`sudo -H -u '#${USER}' env PATH="$PATH" SPEC_KITTY_HOME=${root} ${INVOCATION}`);
    const { report } = await doctor(world, [], { env });
    expect(report.findings).toMatchObject([
      {
        id: 'root_not_trusted',
        remediation: { command: expect.stringContaining(`sudo -H -u '#${USER}' env `) },
      },
    ]);
    const reset = await world.run(['auth', 'doctor', '--reset'], { env });
    expect(reset.stderr).toContain(`sudo -H -u '#${USER}' env PATH="$PATH" SPEC_KITTY_HOME=${root}\n`);
    for (const text of [step, JSON.stringify(report.findings), reset.stderr])
      expect(text).not.toContain('chown');
    await startsNow({ uid: USER, env });
  });

  describe('a mode that locks its owner out', () => {
    test.each([
      ['sync-daemon.lock', 'chmod u+rw --'],
      ['sync/daemon', 'chmod u+rwx --'],
      ['.', 'chmod u+rwx --'],
    ])('%s: the printed command helps', async (name, command) => {
      const path = name === '.' ? root : `${root}/${name}`;
      chmodSync(path, 0);
      const step = await printedStep();
      expect(step).toContain(`${command} ${path}`);
      await type(step, USER);
      await startsNow();
    });
  });

  describe('something else in place of our file or folder', () => {
    const WRONG = { FIFO: 'mkfifo', folder: 'mkdir', link: 'ln -s /nowhere', file: 'touch' } as const;
    test.each<readonly [keyof typeof WRONG, string]>([
      ['FIFO', 'sync-daemon'],
      ['folder', 'sync-daemon'],
      ['FIFO', 'sync-daemon.lock'],
      ['folder', 'sync-daemon.lock'],
      ['link', 'sync-daemon.lock'],
      ['folder', 'sync-daemon.log'],
      ['file', 'sync/daemon'],
      ['FIFO', 'sync/daemon/identity'],
      ['file', 'sync/daemon/identity'],
    ])('a %s in place of %s is named, and the printed command puts it aside', async (what, name) => {
      const path = `${root}/${name}`;
      rmSync(path, { recursive: true, force: true });
      await world.shell(`${WRONG[what]} ${path}`);
      const step = await printedStep();
      if (name === 'sync-daemon') {
        expect(step).toBe(`${INVOCATION} sync forget`);
        expect(await typed(world, step, AS_USER)).toMatchObject({ code: 0 });
      } else {
        expect(step).toBe(`mv -- ${path} ${path}.unusable`);
        await type(step, USER);
      }
      await startsNow();
    });

    test.each(['FIFO', 'folder'] as const)('a %s in place of the journal', async (what) => {
      const orphan = await world.startDaemon({ port: 9401, version: '3.2.3', uid: USER });
      const path = `${root}/sync/daemon/journal.jsonl`;
      rmSync(path, { force: true });
      await world.shell(`${WRONG[what]} ${path}`);
      const { report, code } = await doctor(world, ['--reset'], AS_USER);
      expect({ code, failed: report.failed }).toMatchObject({
        code: 1,
        failed: [{ failure_reason: 'journal_unwritable' }],
      });
      await type(report.candidates[0]?.remediation?.command ?? '', USER);
      expect((await doctor(world, ['--reset'], AS_USER)).report.swept).toMatchObject([{ pid: orphan.pid }]);
    });

    test('a file in place of the root', async () => {
      rmSync(root, { recursive: true });
      writeFileSync(root, 'mine');
      const { report } = await doctor(world, [], AS_USER);
      expect(report.findings).toMatchObject([
        { id: 'own_root_unusable', summary: `the runtime root ${root} cannot be used: not a directory` },
      ]);
      const step = await printedStep();
      expect(report.findings[0]?.remediation?.command).toBe(step);
      await type(step, USER);
      await startsNow();
    });

    test('a file that SPEC_KITTY_HOME names may be needed elsewhere, so it is not put aside', async () => {
      const env = { SPEC_KITTY_HOME: `${world.folder}/precious` };
      writeFileSync(env.SPEC_KITTY_HOME, 'mine');
      const { stderr } = await world.run(['sync', 'start'], { env: { ...HOSTED, ...env } });
      expect(stderr).toContain(`${env.SPEC_KITTY_HOME} is not a folder`);
      expect(stderr).toContain('set SPEC_KITTY_HOME to a folder');
    });
  });

  test('a home in which the root cannot be made', async () => {
    mkdirSync(`${world.folder}/closed`, { mode: 0o755 });
    const env = { HOME: `${world.folder}/closed/deep` };
    const { stderr } = await world.run(['sync', 'start'], { uid: USER, env: { ...HOSTED, ...env } });
    expect(stderr).toContain(`may not create it in ${world.folder}/closed\nnext step: set SPEC_KITTY_HOME`);
  });

  test('config.toml of the superuser', async () => {
    writeFileSync(`${root}/config.toml`, '', { mode: 0o600 });
    const { report } = await sync(world, 'now', AS_USER);
    expect(report.outcome).toMatchObject({ kind: 'degraded', reason: 'config_unreadable' });
    await type('next_step' in report.outcome ? report.outcome.next_step : '');
    expect(readyDaemon(await sync(world, 'now', AS_USER))).toMatchObject({ how: 'started' });
  });

  describe('an unwritable journal', () => {
    const journal = (): string => `${root}/sync/daemon/journal.jsonl`;
    test.each([
      [
        'of the superuser',
        () => {
          chownSync(journal(), 0, 0);
        },
      ],
      [
        'without the right to write',
        () => {
          chmodSync(journal(), 0o400);
        },
      ],
    ])('%s: `sync stop` names it, and stops the daemon after the printed command', async (_what, make) => {
      const { pid } = readyDaemon(await sync(world, 'start', AS_USER));
      writeFileSync(journal(), '', { mode: 0o600 });
      make();
      const { code, stdout } = await world.run(['sync', 'stop'], AS_USER);
      expect({ code, stdout }).toEqual({ code: 1, stdout: expect.stringContaining(`${journal()}: EACCES`) });
      const step = /^next step: (.*)$/m.exec(stdout)?.[1] ?? stdout;
      await type(step, USER);
      expect((await sync(world, 'stop', AS_USER)).report.stopped).toMatchObject({ pid });
    });

    test('of a dashboard: `dashboard --stop` names it, and stops the dashboard after the printed command', async () => {
      chownSync(world.project, USER, USER);
      chownSync(`${world.project}/.kittify`, USER, USER);
      const { pid } = readyDashboard(await dashboardUp(world, AS_USER));
      const path = `${world.project}/.kittify/.dashboard.d/journal.jsonl`;
      await world.shell(`rm -f ${path}; mkfifo ${path}`);
      const { stdout } = await world.run(['dashboard', '--stop'], { ...AS_USER, cwd: world.project });
      await type(/^next step: (.*)$/m.exec(stdout)?.[1] ?? stdout, USER);
      expect((await dashboardStop(world, AS_USER)).report.swept).toMatchObject([{ pid }]);
    });
  });

  test('a queue file of the superuser: `sync status` says so, and reads it after the printed command', async () => {
    const path = `${root}/queue.db`;
    await world.command([
      'python3',
      '-c',
      `import sqlite3; sqlite3.connect("${path}").execute("CREATE TABLE queue (id INTEGER PRIMARY KEY, event_id TEXT, data TEXT, timestamp INTEGER, retry_count INTEGER)")`,
    ]);
    chmodSync(path, 0o600);
    const { report } = await sync(world, 'status', AS_USER);
    expect(report.queue.unreadable).toBe(
      `${path}: this user may not read and write it and its folder (SQLITE_CANTOPEN)`,
    );
    await type(report.queue.next_step ?? '');
    expect((await sync(world, 'status', AS_USER)).report.queue).toMatchObject({
      pending: 0,
      unreadable: null,
    });
  });

  describe('of a dashboard', () => {
    beforeEach(() => {
      chownSync(world.project, USER, USER);
    });
    test('a folder of the superuser: the printed command gives it back', async () => {
      chmodSync(`${world.project}/.kittify`, 0o755);
      const { report } = await dashboardUp(world, AS_USER);
      await type('next_step' in report.outcome ? report.outcome.next_step : '');
      expect(readyDashboard(await dashboardUp(world, AS_USER))).toMatchObject({ how: 'started' });
    });
    test('a project of another user: it says to run it as that user', async () => {
      const { report } = await dashboardUp(world);
      expect(report.outcome).toMatchObject({
        reason: 'root_unusable',
        next_step: expect.stringContaining(`sudo -H -u '#${USER}'`),
      });
    });
  });
});

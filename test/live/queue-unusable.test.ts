import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '../support/process-table.js';
import { ENVIRONMENT, events, QueueRoot } from '../support/queue-files.js';
import { describeIf, hasNetworkNamespace, hasPython, isRoot } from '../support/requires.js';
import { readyDaemon, sync } from '../support/sync.js';
import { until } from '../support/until.js';
import { createWorld, type World } from '../support/world.js';

const IDLE = { SYNC_DAEMON_IDLE_RETIREMENT_SECONDS: '2' };
/** The idle time is 2 s; the rest is for a slow machine. */
const RETIREMENT_DEADLINE_MS = 30_000;
const SERVER_PORT = 9600;

/** Files in place of the queue that need a repair. */
const UNUSABLE: readonly (readonly [name: string, make: (path: string) => void, error: string])[] = [
  [
    'garbage',
    (path) => {
      writeFileSync(path, 'no database '.repeat(500));
    },
    'it is not an SQLite database (SQLITE_NOTADB)',
  ],
  [
    'a file without a table of events',
    (path) => {
      writeFileSync(path, '');
    },
    'the database has no table of events (SQLITE_ERROR)',
  ],
  [
    'a directory',
    (path) => {
      mkdirSync(path);
    },
    'not a regular file',
  ],
  [
    'a FIFO',
    (path) => {
      execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', path]);
    },
    'not a regular file',
  ],
];

describeIf([hasNetworkNamespace, hasPython], 'a queue file that needs repair', () => {
  let world: World;
  let root: QueueRoot;
  beforeEach(async () => {
    world = await createWorld();
    root = new QueueRoot(world.root);
    root.signIn(`http://127.0.0.1:${SERVER_PORT}`);
    mkdirSync(dirname(root.queuePath), { recursive: true });
  });
  afterEach(async () => {
    await root.close();
    await world.close();
  });

  const start = async (): Promise<number> =>
    readyDaemon(await sync(world, 'now', { env: { ...ENVIRONMENT, ...IDLE } })).pid;
  const log = (): string => readFileSync(`${world.root}/sync-daemon.log`, 'utf8');

  test.each(UNUSABLE)(
    '%s does not prevent idle retirement, and status shows the error and the remedy (FR-011)',
    async (_name, make, error) => {
      make(root.queuePath);
      const pid = await start();
      await until(() => !isAlive(pid), RETIREMENT_DEADLINE_MS);
      expect(log()).toContain(error);
      expect(log()).toContain('leaves (idle)');
      const { report } = await sync(world, 'status', { env: ENVIRONMENT });
      expect(report.queue).toMatchObject({
        pending: null,
        unreadable: `${root.queuePath}: ${error}`,
        next_step: expect.stringContaining(`mv -- ${root.queuePath}`),
      });
      const { stdout } = await world.run(['sync', 'status'], { env: ENVIRONMENT });
      expect(stdout).toContain(`queue   cannot be read: ${root.queuePath}: ${error}`);
      const nextStep = /^ +next step: (.*)$/m.exec(stdout)?.[1] ?? '';
      expect((await world.shell(nextStep)).code).toBe(0);
      const after = await sync(world, 'status', { env: ENVIRONMENT });
      expect(after.report.queue).toMatchObject({ pending: 0, unreadable: null, next_step: null });
    },
    60_000,
  );

  test('is drained by the running daemon after its repair', async () => {
    writeFileSync(`${world.folder}/reply`, 'success');
    await world.startUploadServer(SERVER_PORT);
    writeFileSync(root.queuePath, 'no database');
    const env = { ...ENVIRONMENT, SYNC_DAEMON_IDLE_RETIREMENT_SECONDS: '20' };
    const { pid } = readyDaemon(await sync(world, 'now', { env }));
    await until(() => log().includes('SQLITE_NOTADB'));
    rmSync(root.queuePath);
    await root.create(events(2));
    expect(readyDaemon(await sync(world, 'now', { env })).pid).toBe(pid);
    await until(async () => (await root.waitingIds()).length === 0);
  }, 30_000);

  test('counts as pending work only while another program has it locked', async () => {
    await root.create(events(1));
    const writer = root.writer();
    await writer.hold(60);
    const pid = await start();
    await until(() => log().includes('locked for 5000 ms'), RETIREMENT_DEADLINE_MS);
    // Twice its idle time.
    await sleep(4000);
    expect(isAlive(pid)).toBe(true);
    const { report } = await sync(world, 'status', { env: ENVIRONMENT });
    expect(report.queue).toMatchObject({
      unreadable: expect.stringContaining('locked'),
      next_step: expect.stringContaining('fuser'),
    });
  }, 60_000);
});

describeIf([hasNetworkNamespace, hasPython, isRoot], 'a queue file without permissions for its user', () => {
  test.each([
    [
      'an unreadable file',
      'chmod 000',
      'this user may not read and write it and its folder (SQLITE_CANTOPEN)',
    ],
    ['a read-only file', 'chmod 400', 'this user may not read and write it and its folder (SQLITE_READONLY'],
    // SQLite retries with O_RDONLY, and opening a FIFO for reading blocks until a writer opens it.
    ['a read-only FIFO', 'rm -f "$1"; mkfifo -m 400', 'not a regular file'],
  ])(
    '%s does not prevent idle retirement (FR-011)',
    async (_name, change, error) => {
      const uid = 12_345;
      const world = await createWorld();
      const home = `${world.folder}/home-${uid}`;
      const root = new QueueRoot(`${home}/.spec-kitty`);
      try {
        root.signIn(`http://127.0.0.1:${SERVER_PORT}`);
        await root.create(events(1));
        writeFileSync(`${world.folder}/reply`, 'success');
        await world.startUploadServer(SERVER_PORT);
        execFileSync('sh', ['-c', `${change} "$1"; chown -R ${uid}:${uid} ${home}`, 'sh', root.queuePath]);
        const env = { ...ENVIRONMENT, ...IDLE, HOME: home };
        const { pid } = readyDaemon(await sync(world, 'now', { env, uid }));
        await until(() => !isAlive(pid), RETIREMENT_DEADLINE_MS);
        const log = readFileSync(`${root.path}/sync-daemon.log`, 'utf8');
        expect(log).toContain(error);
        expect(log).toContain('leaves (idle)');
      } finally {
        await root.close();
        await world.close();
      }
    },
    60_000,
  );
});

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DoctorReport } from '../../src/report/report.js';
import { dashboardUp } from '../support/dashboard-command.js';
import { candidateOn, doctor } from '../support/doctor.js';
import { Appearances, filesBelow, mark, writtenSince } from '../support/marks.js';
import { ENVIRONMENT, QueueRoot } from '../support/queue-files.js';
import { describeIf, hasNetworkNamespace, hasPython } from '../support/requires.js';
import { HOSTED } from '../support/sync.js';
import { createWorld, type World } from '../support/world.js';

const PASSWORD = mark('password');

/** Forms of addresses with a password, and the part that may be shown. */
const FORMS: readonly (readonly [form: string, shown: string | null])[] = [
  [`me:${PASSWORD}@sync.example`, null],
  [`//me:${PASSWORD}@sync.example`, null],
  [`${PASSWORD}@sync.example`, null],
  [PASSWORD, null],
  [`${PASSWORD}:443`, null],
  [`https://me:${PASSWORD}@sync.example:port/`, null],
  [`https://me:${PASSWORD}@sync.example:99999`, null],
  [`https://me:${PASSWORD} @sync.example:x`, null],
  [`https://me:1/${PASSWORD}@sync.example`, null],
  [`https://me:1/${PASSWORD}%40sync.example`, null],
  [`https://me:1/${PASSWORD}%EF%B9%ABsync.example`, null],
  [`https://me:1/${PASSWORD}%25%34%30sync.example`, null],
  [`https://me:1?${PASSWORD}@sync.example`, null],
  [`https://me:1#${PASSWORD}@sync.example`, null],
  [`https://me:1\\${PASSWORD}@sync.example`, null],
  [`ftp://me:${PASSWORD}@sync.example`, null],
  [`wss://${PASSWORD}.example`, null],
  [`https://me:${PASSWORD}@sync.example/base`, 'https://sync.example/base'],
  [`https:\\\\me:${PASSWORD}@sync.example`, 'https://sync.example/'],
  [`https:me:${PASSWORD}@sync.example`, 'https://sync.example/'],
  [` https://${PASSWORD}@sync.example `, 'https://sync.example/'],
  [`https://sync.example/?key=${PASSWORD}`, 'https://sync.example/'],
  [`https://sync.example/#${PASSWORD}`, 'https://sync.example/'],
];

describeIf([hasNetworkNamespace, hasPython], 'a password in a server address', () => {
  let world: World;
  beforeAll(async () => {
    world = await createWorld();
  });
  afterAll(() => world.close());

  const portOf = (index: number): number => 9401 + index;

  test('is not shown, saved or sent to the page, for every form of address and every source file (pitfall 31)', async () => {
    await Promise.all(FORMS.map(([form], index) => startWithOwner(form, portOf(index))));
    FORMS.forEach(([form]) => {
      writeIdentityRecord(form);
    });
    const seen = new Appearances();
    const { report, stdout } = await doctor(world, [
      '--explain',
      '--save-facts',
      `${world.folder}/facts.json`,
    ]);
    seen.add('doctor json', stdout);
    seen.add('saved facts', readFileSync(`${world.folder}/facts.json`, 'utf8'));
    seen.add('replay', (await doctor(world, ['--facts', `${world.folder}/facts.json`])).stdout);
    for (const words of [[], ['--explain']])
      seen.add('doctor text', (await world.run(['auth', 'doctor', ...words])).stdout);
    const dashboard = await dashboardUp(world);
    expect(dashboard.code).toBe(0);
    seen.add('view', (await world.ask(9237, { path: '/api/view', seconds: 20 })).body);
    expect(shownIn(report)).toEqual(
      FORMS.map(([, shown]) => [shown, shown === null ? null : `${shown}|me@example.com|acme`]),
    );
    const everywhere = ['doctor json', 'doctor text', 'replay', 'saved facts', 'view'];
    expect(seen.of(`root-${portOf(0)}/`)).toEqual(everywhere);
    expect(seen.of(PASSWORD)).toEqual([]);
  }, 60_000);

  const shownIn = (report: DoctorReport): (readonly (string | null)[])[] =>
    FORMS.map((_, index) => {
      const { server_url: server, auth_scope: scope } = candidateOn(report, portOf(index));
      return [server, scope];
    });

  /** Starts a daemon in a root of its own, whose owner record names this server. */
  const startWithOwner = async (form: string, port: number): Promise<void> => {
    const root = `${world.folder}/root-${port}/.spec-kitty`;
    const { pid } = await world.startDaemon({ port, version: '3.2.2', root });
    const scope = `${form}|me@example.com|acme`;
    world.writeOwner({ pid, port, server_url: form, auth_scope: scope, queue_db_path: form }, root);
  };

  const writeIdentityRecord = (form: string): void => {
    const id = randomBytes(16).toString('hex');
    const folder = join(world.root, 'sync/daemon/identity');
    mkdirSync(folder, { recursive: true });
    const record = {
      ...{ id, pid: 4_000_000, start_ticks: 1, boot_id: 'b', machine_id: 'm', network_namespace: 'n' },
      ...{ address: '127.0.0.1', port: 9449, root: world.root, package_version: '3.3.0' },
      ...{ secret: 'f'.repeat(64), server_url: form, queue_db_path: form },
      auth_scope: `${form}|me@example.com|acme`,
    };
    writeFileSync(join(folder, `${id}.json`), JSON.stringify(record), { mode: 0o600 });
  };

  const newRoot = (): { readonly home: string; readonly root: QueueRoot } => {
    const home = `${world.folder}/${randomBytes(4).toString('hex')}`;
    return { home, root: new QueueRoot(`${home}/.spec-kitty`) };
  };

  test.each(FORMS)(
    '%j in credentials, the environment or config.toml is refused and not shown (pitfall 31)',
    async (form) => {
      const { home, root } = newRoot();
      const server = JSON.stringify(form);
      const status = (env: Readonly<Record<string, string>> = {}) =>
        world.run(['sync', 'status', '--json'], { env: { ...ENVIRONMENT, HOME: home, ...env } });
      const user = '[user]\nusername = "me"\nteam_slug = "acme"\n';
      root.write('credentials', `${user}[server]\nurl = ${server}\n`);
      const outcomes = [await status()];
      root.write('credentials', user);
      outcomes.push(await status({ SPEC_KITTY_SAAS_URL: form }));
      root.write('config.toml', `[sync]\nserver_url = ${server}\n`);
      outcomes.push(await status());
      for (const { stdout, stderr } of outcomes) {
        expect(stdout).toContain('server_refused');
        expect(stdout + stderr).not.toContain(PASSWORD);
      }
    },
  );

  test.each([
    `me:${PASSWORD}@sync.example`,
    `https://me:1/${PASSWORD}@sync.example`,
    `https://${PASSWORD}@sync.example`,
  ])('%j in credentials is not written to any file by the daemon', async (form) => {
    const { home, root } = newRoot();
    root.signIn(form);
    const before = filesBelow(root.path);
    const env = { ...ENVIRONMENT, ...HOSTED, HOME: home };
    const seen = new Appearances();
    const started = await world.run(['sync', 'now', '--json'], { env });
    seen.add('sync now', started.stdout + started.stderr);
    expect(started.json()).toMatchObject({ outcome: { kind: 'ready' } });
    await world.run(['sync', 'stop'], { env });
    for (const [path, text] of writtenSince(before, filesBelow(root.path))) seen.add(path, text);
    expect(seen.of('server_refused')).toContain(`${root.path}/sync-daemon.log`);
    expect(seen.of(PASSWORD)).toEqual([]);
  });
});

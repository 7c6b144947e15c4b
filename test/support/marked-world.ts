import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dashboardUp } from './dashboard-command.js';
import { filesBelow, mark, writtenSince } from './marks.js';
import { QueueRoot } from './queue-files.js';
import { HOSTED, identityRecords } from './sync.js';
import { until } from './until.js';
import type { World } from './world.js';

const UPLOADS = 9600;
export const OURS = 9400;
const SHARED = 9401;
const PRE_MARKER = 9402;
const THIRD_PARTY = 9403;
const OWN_OWNER = 9404;
const THIRD_PARTY_SCRIPT = 9406;

/** The environment of every command: variables that are passed on to a daemon, and one that is not. */
export const MARKED_ENVIRONMENT = {
  ...HOSTED,
  SPEC_KITTY_ACCESS_TOKEN: mark('env token'),
  SPEC_KITTY_TEAM_ID: mark('env team'),
  SPEC_KITTY_SAAS_URL: `https://${mark('env server')}.example`,
  ANOTHER_SECRET: mark('env unknown'),
};

/**
 * Creates a root and a project in which every field of every private file contains a mark of its own, with a daemon and
 * a dashboard of this implementation and released daemons.
 * @returns the text that our daemon and dashboard wrote, and the secrets that were generated, by name
 */
export async function createMarkedWorld(world: World) {
  const root = new QueueRoot(world.root);
  plantSettings(root);
  await plantQueue(root);
  plantTraces(world.root, 'sync/daemon/journal.jsonl', 'sync-daemon.log', 'sync-daemon.lock', 'sync');
  plantTraces(
    world.project,
    '.kittify/.dashboard.d/journal.jsonl',
    '.kittify/.dashboard.d/dashboard.log',
    '.kittify/.dashboard.d/start.lock',
    'dash',
  );
  write(
    world.project,
    '.kittify/.dashboard',
    `http://me:${mark('meta url')}@127.0.0.1:9260\n9260\n${mark('meta key')}\n4000000\n`,
  );
  writeFileSync(`${world.folder}/reply`, '503');
  await world.startUploadServer(UPLOADS);
  const planted = filesBelow(world.root, world.project);
  await world.run(['sync', 'now'], { env: MARKED_ENVIRONMENT });
  await dashboardUp(world, { env: MARKED_ENVIRONMENT });
  await until(() => readFileSync(`${world.root}/sync-daemon.log`, 'utf8').includes('upload_failed'));
  const written = writtenSince(planted, filesBelow(world.root, world.project));
  const tokens = await startReleased(world);
  return {
    /** What our daemon and our dashboard wrote at their start. */
    written,
    secrets: { ...tokens, 'own secret': plantRecords(world) },
    close: () => root.close(),
  };
}

function plantSettings(root: QueueRoot): void {
  root.write(
    'credentials',
    `# ${mark('credentials comment')}
[user]
username = "${mark('username')}"
team_slug = "${mark('team slug')}"
password = "${mark('credentials password')}"
[server]
url = "http://127.0.0.1:${UPLOADS}/${mark('server path')}"
[session]
refresh_token = "${mark('refresh token')}"
`,
  );
  root.write(
    'config.toml',
    `# ${mark('config comment')}
api_key = "${mark('config top')}"
[sync]
server_url = "https://${mark('config server')}.example"
token = "${mark('config unknown')}"
[sync.checkout_overrides."/${mark('override path')}"]
enabled = true
note = "${mark('override note')}"
`,
  );
}

async function plantQueue(root: QueueRoot): Promise<void> {
  root.signIn(`http://127.0.0.1:${UPLOADS}/${mark('server path')}`, mark('username'), mark('team slug'));
  const credentials = readFileSync(join(root.path, 'credentials'), 'utf8');
  // `signIn` is called only for the name of the queue file. Restore the settings that it replaced.
  plantSettings(root);
  if (credentials === readFileSync(join(root.path, 'credentials'), 'utf8')) throw new Error('not replanted');
  const event = { event_id: mark('event id'), payload: { text: mark('event payload') } };
  await root.create([event]);
  await root.sql([
    'UPDATE queue SET event_type = ?, coalesce_key = ?',
    mark('event type'),
    mark('coalesce key'),
  ]);
  write(
    root.path,
    `sync/daemon/set-aside/${root.queuePath.split('/').at(-1)?.replace('.db', '.json') ?? ''}`,
    JSON.stringify({
      counts: { too_large: 0, malformed: 0, other_team: 0, extra: mark('set aside count') },
      refused: { [mark('set aside digest')]: Date.now() },
      extra: mark('set aside extra'),
    }),
  );
}

/** Writes a journal, a log and a lock file as earlier runs leave them. */
function plantTraces(root: string, journal: string, log: string, lock: string, family: string): void {
  const of = (field: string): string => mark(`${family} journal ${field}`);
  const act = { at: '2026-07-01T00:00:00.000Z', act: of('act'), pid: 4_000_000, start_ticks: 1, port: OURS };
  const lines = [
    {
      ...{ ...act, event: 'intent', asked_by: of('asker'), policy_sha256: of('policy'), rule: of('rule') },
      ...{
        cleanup_class: of('class'),
        skip_reason: of('reason'),
        facts: { a: of('fact') },
        extra: of('extra'),
      },
    },
    { ...act, event: 'outcome', result: of('result'), detail: of('detail'), extra: of('outcome extra') },
    {
      ...act,
      act: of('other act'),
      event: 'retirement',
      reason: of('retired'),
      detail: of('retired detail'),
    },
  ];
  write(root, journal, `${lines.map((line) => JSON.stringify(line)).join('\n')}\n{"torn": "${of('torn')}\n`);
  write(root, log, `${mark(`${family} log`)}\n`);
  write(root, lock, `${mark(`${family} lock`)}\n`);
}

async function startReleased(world: World): Promise<Readonly<Record<string, string>>> {
  const secretOf = (name: string): readonly string[] => ['env', `SECRET=${mark(name)}`];
  const preMarkerRoot = `${world.folder}/${mark('pre marker root')}/.spec-kitty`;
  const shared = await world.startDaemon({ port: SHARED, version: '3.2.2', prefix: secretOf('shared env') });
  const preMarker = await world.startDaemon({
    ...{ port: PRE_MARKER, version: '3.1.4', root: preMarkerRoot, prefix: secretOf('pre marker env') },
  });
  world.recordSingleton(preMarker);
  await world.startPlainHttp(THIRD_PARTY, { extraArguments: [`--password=${mark('third party argument')}`] });
  await world.startNodeServer(
    THIRD_PARTY_SCRIPT,
    [`--password=${mark('third script argument')}`, `/srv/${mark('third script path')}.js`],
    `${mark('third party folder')}/${mark('third party script')}.js`,
  );
  const own = await world.startDaemon({
    ...{ port: OWN_OWNER, version: '3.2.4', root: `${world.folder}/other/.spec-kitty` },
    healthPatch: {
      extra: mark('health extra'),
      websocket_status: mark('health websocket'),
      sync: { last_sync: mark('health last sync') },
      owner: { ...ownerFields('health owner'), extra: mark('health owner extra') },
    },
  });
  world.writeOwner({
    ...{ pid: shared.pid, port: SHARED, extra: mark('owner extra'), nested: { extra: mark('owner nested') } },
    ...ownerFields('owner'),
  });
  return { 'shared token': shared.token, 'pre marker token': preMarker.token, 'own owner token': own.token };
}

function ownerFields(of: string): Readonly<Record<string, string>> {
  const at = (field: string): string => mark(`${of} ${field}`);
  return {
    token: at('token'),
    package_version: at('version'),
    executable_path: at('executable'),
    source_checkout_path: at('checkout'),
    server_url: `https://${at('server')}.example`,
    auth_principal: at('principal'),
    auth_team: at('team'),
    auth_scope: `https://${at('scope server')}.example|${at('scope user')}|${at('scope team')}`,
    queue_db_path: `/${at('queue')}/queue.db`,
    started_at: at('started'),
  };
}

/** Puts marks into the identity record of the running daemon and into a stale one. @returns the daemon's secret */
function plantRecords(world: World): string {
  const [record] = identityRecords(world);
  if (!record) throw new Error('no identity record');
  const folder = 'sync/daemon/identity';
  write(
    world.root,
    `${folder}/${String(record['id'])}.json`,
    JSON.stringify({ ...record, ...recordFields('record') }),
  );
  const id = randomBytes(16).toString('hex');
  const stale = {
    ...{ id, pid: 4_000_000, start_ticks: 1, boot_id: mark('stale boot'), machine_id: mark('stale machine') },
    ...{ address: mark('stale address'), port: 9448, root: `/${mark('stale root')}` },
    ...{ network_namespace: mark('stale network'), package_version: mark('stale version') },
    ...{ secret: mark('stale secret').padEnd(64, 'x'), ...recordFields('stale') },
  };
  write(world.root, `${folder}/${id}.json`, JSON.stringify(stale));
  return String(record['secret']);
}

function recordFields(of: string): object {
  const { server_url, auth_scope, queue_db_path } = ownerFields(of);
  return { server_url, auth_scope, queue_db_path, extra: mark(`${of} extra`) };
}

/** Writes the file about a daemon's last drain, with an additional field. */
export function plantLastDrain({ root }: World): void {
  const counts = { requests: 1, sent: 1, acknowledged: 0, set_aside: 0 };
  const drain = { at: '2026-07-01T00:00:00.000Z', end: 'upload_failed', detail: mark('last drain detail') };
  write(
    root,
    'sync/daemon/last-drain.json',
    JSON.stringify({ ...drain, ...counts, extra: mark('last drain extra') }),
  );
}

function write(root: string, file: string, text: string): void {
  const path = join(root, file);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  writeFileSync(path, text, { mode: 0o600 });
}

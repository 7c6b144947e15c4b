import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dashboardUp, readyDashboard } from '../support/dashboard-command.js';
import { events, QueueRoot } from '../support/queue-files.js';
import { createWorld, type World } from '../support/world.js';

/** A world with a dashboard, whose page is looked at. */
export interface Scene {
  readonly world: World;
  readonly url: string;
  close(): Promise<void>;
}

/** The states of a machine that the page has to show well. */
export const SCENES = {
  'nothing on the ports': () => sceneOf(() => Promise.resolve(null)),
  'the incident': () => sceneOf(incident),
  'a root that cannot be used': () =>
    sceneOf(({ root }) => {
      writeFileSync(root, 'a file\n');
      return Promise.resolve(null);
    }),
  'one word that is longer than the page': () =>
    sceneOf(async (world) => {
      const daemon = await world.startDaemon({
        port: 9401,
        version: '3.2.4',
        healthPatch: { package_version: 'w'.repeat(200) },
      });
      await world.startDaemon({ port: 9402, version: '3.2.4', root: join(world.folder, 'r'.repeat(180)) });
      world.recordSingleton({ ...daemon, port: 9449 });
      return null;
    }),
} as const;
export type SceneName = keyof typeof SCENES;

async function sceneOf(furnish: (world: World) => Promise<QueueRoot | null>): Promise<Scene> {
  const world = await createWorld();
  const queue = await furnish(world);
  const { url } = readyDashboard(await dashboardUp(world));
  const close = async (): Promise<void> => {
    await queue?.close();
    await world.close();
  };
  return { world, url, close };
}

/**
 * The incident of 2026-06-30 with the neighbours that a developer's machine has: 18 orphans, a live daemon, two other
 * programs, the live daemon of another root, another user's daemon, one that is too old, a queue and a journal.
 */
async function incident(world: World): Promise<QueueRoot> {
  const queue = new QueueRoot(world.root);
  queue.signIn('https://sync.example');
  await queue.create(events(12));
  const live = await world.startDaemon({ port: 9400, version: '3.2.5' });
  world.recordSingleton(live);
  await world.startIncident('quick');
  await world.startDaemon({ port: 9420, version: '3.1.4', root: join(world.folder, 'old/.spec-kitty') });
  await world.startPlainHttp(9430);
  await world.startNodeServer(9431);
  const other = await world.startDaemon({
    port: 9440,
    version: '3.2.4',
    root: join(world.folder, 'other/root'),
  });
  world.recordSingleton(other);
  await world.startDaemon({ port: 9445, version: '3.2.4', uid: 12345 });
  await world.startDashboard({ port: 9300 });
  const act = { at: '2026-11-28T10:00:00.000Z', pid: 4_000_000, start_ticks: 1, port: 9403 };
  const intent = { ...act, event: 'intent', act: 'a', asked_by: 'auth doctor --reset', policy_sha256: '' };
  const why = { rule: null, cleanup_class: 'safe_auto', skip_reason: null, facts: {} };
  const outcome = { ...act, event: 'outcome', act: 'a', result: 'http_shutdown', detail: null };
  const retired = {
    ...act,
    event: 'retirement',
    act: 'b',
    port: 9402,
    reason: 'idle',
    detail: 'nothing to do',
  };
  const journal = [{ ...intent, ...why }, outcome, retired].map((line) => `${JSON.stringify(line)}\n`);
  write(join(world.root, 'sync/daemon/journal.jsonl'), journal.join(''));
  const counts = { requests: 1, sent: 3, acknowledged: 3, set_aside: 0 };
  const drain = { at: '2026-11-30T10:00:00.000Z', end: 'drained', detail: null, ...counts };
  write(join(world.root, 'sync/daemon/last-drain.json'), JSON.stringify(drain));
  return queue;
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

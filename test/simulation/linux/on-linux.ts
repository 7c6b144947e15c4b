import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DoctorReport } from '../../../src/report/report.js';
import type { ForcedEvent } from '../../support/forced-events.js';
import type { Daemon } from '../../support/daemons.js';
import type { Running } from '../../support/fixtures.js';
import { createWorld, type World } from '../../support/world.js';
import type { Outcomes } from './in-model.js';
import { portOf, type RealEvent, type RealListener, type Scenario } from './scenario.js';

const PAUSE = new URL('pause.mjs', import.meta.url).href;
const OLDER = new URL('../../support/add-minute-to-uptime.mjs', import.meta.url).href;
const OTHER_USER = 12_345;
const NO_PROCESS = 4_194_303;

/** Runs a scenario with real processes in namespaces of its own, with the built product. */
export async function outcomesOnLinux(scenario: Scenario): Promise<Outcomes> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const found = await attempt(scenario);
    if (found) return found;
  }
  throw new Error(`the event never happened in time: ${JSON.stringify(scenario)}`);
}

const MOST_TRIES = 5;
/** The start lock of a scan expires after 1 s, in which the model lets no time pass. */
const LONGEST_PAUSE_MS = 500;

async function attempt({ listeners, state, command, event }: Scenario): Promise<Outcomes | null> {
  const world = await createWorld({ init: 'reaps' });
  try {
    mkdirSync(world.root, { mode: 0o700 });
    const started = await startAll(world, listeners);
    writeState(world, state, listeners, started);
    const paused = event && (await prepare(world, event, listeners, started));
    const words = command === 'reset' ? [] : ['--only', 'safe_auto'];
    const env = { NODE_OPTIONS: `--import=${OLDER} --import=${PAUSE}`, ...paused?.env };
    const running = world.run(['auth', 'doctor', '--json', '--reset', ...words], { env });
    const [result, ms] = await Promise.all([running, paused?.happen(running)]);
    if (ms === undefined ? event !== null : ms > LONGEST_PAUSE_MS) return null;
    const report = result.json() as DoctorReport;
    const entries = [
      ...(report.swept ?? []).map(({ port, cleanup_path: path }) => `${port} swept ${path}`),
      ...(report.skipped ?? []).map(({ port, skip_reason: reason }) => `${port} skipped ${reason}`),
      ...(report.failed ?? []).map(({ port, failure_reason: reason }) => `${port} failed ${reason}`),
    ];
    const alive = started.map(
      ([first], index) => `${portOf(index)} ${first?.alive() ? 'runs' : 'has ended'}`,
    );
    return [...(report.swept ? entries : ['refused']), ...alive].sort();
  } finally {
    await world.close();
  }
}

function startAll(
  world: World,
  listeners: readonly RealListener[],
): Promise<readonly (readonly (Running | Daemon)[])[]> {
  return Promise.all(listeners.map((listener, index) => startOne(world, listener, portOf(index))));
}

async function startOne(
  world: World,
  { kind, trait }: RealListener,
  port: number,
): Promise<readonly (Running | Daemon)[]> {
  const traits = {
    ...(trait === 'refuses' || trait === 'ignores SIGTERM' ? { refusesShutdown: true } : {}),
    ...(trait === 'ignores SIGTERM' ? { ignoresTerm: true } : {}),
  };
  const daemon = async (version: string, options: object = {}): Promise<readonly Daemon[]> => {
    // A child of the first process, which reaps it: `nsenter` stops itself when its child is stopped.
    const found = await world.startDaemon({ port, version, orphaned: true, ...traits, ...options });
    if (trait === 'stopped') process.kill(world.outside(found.pid), 'SIGSTOP');
    return [found];
  };
  switch (kind) {
    case 'orphan':
    case 'recorded':
      return daemon('3.2.2');
    case 'orphan 3.2.4':
      return daemon('3.2.4');
    case 'pre-marker':
      return daemon('3.1.4');
    case 'wedged':
      return daemon('3.2.3', { silentSeconds: Infinity, ignoresTerm: true });
    case 'liar':
      return daemon('3.2.3', { healthPatch: { token: 'c'.repeat(32) } });
    case 'other root':
    case 'live elsewhere': {
      const found = await daemon('3.2.3', { root: `${world.folder}/other-${port}/.spec-kitty` });
      if (kind === 'live elsewhere') for (const each of found) world.recordSingleton(each);
      return found;
    }
    case "another user's":
      return daemon('3.2.3', { uid: OTHER_USER });
    case 'shared socket':
      return daemon('3.2.3', { sharesSocket: 'openly' });
    case 'second port':
      return daemon('3.2.3', { alsoOn: port + 1 });
    case 'twins':
      return [
        ...(await daemon('3.2.3', { sharesPort: true })),
        ...(await daemon('3.2.3', { sharesPort: true })),
      ];
    case 'silent':
      return [await world.startSilent([port])];
    case 'web server':
      return [await world.startPlainHttp(port)];
    case 'dashboard':
      return [await world.startDashboard({ port })];
    case 'relay':
      return [await world.startRelay(port, portOf(0))];
  }
}

function writeState(
  world: World,
  state: Scenario['state'],
  listeners: readonly RealListener[],
  started: readonly (readonly (Running | Daemon)[])[],
): void {
  if (state === 'corrupt') world.writeStateFile('not a state file\n');
  if (state === 'names a dead one')
    world.writeStateFile(['http://127.0.0.1:9448', 9448, 'd'.repeat(32), NO_PROCESS]);
  if (state !== 'names one' && state !== 'untrusted') return;
  const index = listeners.findIndex(({ kind }) => ['recorded', 'second port', 'wedged'].includes(kind));
  const [daemon] = started[index] ?? [];
  if (!daemon || !('root' in daemon)) return;
  world.recordSingleton(daemon);
  if (state === 'untrusted') chmodSync(stateFile(world.root), 0o666);
}

function stateFile(root: string): string {
  return join(root, 'sync-daemon');
}

/** Prepares an event. `happen` waits for the pause; it returns how long the pause took, or nothing if there was none. */
async function prepare(
  world: World,
  { name, step, listener }: RealEvent,
  listeners: readonly RealListener[],
  started: readonly (readonly (Running | Daemon)[])[],
): Promise<{
  readonly env: Record<string, string>;
  readonly happen: (running: Promise<unknown>) => Promise<number | undefined>;
}> {
  const folder = join(world.folder, 'pause');
  mkdirSync(folder);
  const { force } = await world.startForcedEvents();
  const index = listener % started.length;
  const [target] = started[index] ?? [];
  if (!target) throw new Error('no listener');
  const isOfOtherRoot = ['other root', 'live elsewhere'].includes(listeners[index]?.kind ?? '');
  const root = isOfOtherRoot && 'root' in target ? target.root : world.root;
  const tell = (given: Pick<ForcedEvent, 'name'> & Partial<ForcedEvent>): Promise<boolean> =>
    force({ pid: target.pid, port: portOf(index), ...given });
  // The model's events put a new file in its place.
  const replacesFile =
    name === 'its state file becomes garbage' ||
    name === 'its state file names another' ||
    (name === 'its state file names it' && 'root' in target);
  const act = (): Promise<boolean> | undefined => {
    if (replacesFile) rmSync(stateFile(root), { force: true });
    switch (name) {
      case 'a daemon ends':
        return tell({ name: 'end' });
      case 'its PID is reused':
        return tell({ name: 'reuse' });
      case 'its socket is passed on':
        return tell({ name: 'pass on', other_user: false });
      case 'its socket is passed on to another user':
        return tell({ name: 'pass on', other_user: true });
      case 'it is stopped':
        return tell({ name: 'stop' });
      case 'a web server starts':
        return tell({ name: 'serve', port: 9410 });
      case 'its state file names it':
        if ('root' in target) world.recordSingleton(target);
        return undefined;
      case 'its state file is removed':
        rmSync(stateFile(root), { force: true });
        return undefined;
      case 'its state file becomes garbage':
        world.writeStateFile('garbage\n', root);
        return undefined;
      case 'its state file names another':
        world.writeStateFile(['http://127.0.0.1:9447', 9447, 'f'.repeat(32), NO_PROCESS], root);
        return undefined;
      case 'its state file becomes writable by others':
        if (existsSync(stateFile(root))) chmodSync(stateFile(root), 0o666);
        return undefined;
    }
  };
  return {
    env: { PAUSE_FOLDER: folder, PAUSE_AT: step },
    async happen(running) {
      const watched = { isOver: false };
      void running.finally(() => {
        watched.isOver = true;
      });
      while (!existsSync(join(folder, 'paused'))) {
        if (watched.isOver) return undefined;
        await sleep(POLL_MS);
      }
      const from = performance.now();
      const wasForced = await act();
      writeFileSync(join(folder, 'go'), '');
      return wasForced === false ? undefined : performance.now() - from;
    },
  };
}

const POLL_MS = 3;

import type { Daemon, DaemonOptions } from '../support/daemons.js';
import type { Running } from '../support/fixtures.js';
import type { World } from '../support/world.js';
import type { Random } from './random.js';

/** The commands that the torture test runs. */
export type CommandName =
  'doctor' | 'reset only safe_auto' | 'reset' | 'sync now' | 'sync stop' | 'dashboard' | 'dashboard --stop';

/** A process that listens on a port, and which commands may end it. That is known from how it was started. */
export interface TestListener {
  readonly kind: string;
  readonly port: number;
  readonly pid: number;
  readonly alive: () => boolean;
  /** How many shutdown requests it received. */
  readonly shutdownRequests: () => number;
  readonly mayBeEndedBy: readonly CommandName[];
  /** It belongs to our root, so the test may kill it and reuse its PID. */
  readonly isOfOurRoot: boolean;
  /** It answers health probes. With a corrupt state file it may be the recorded daemon, so no command may end it. */
  readonly mayBeRecorded: boolean;
}

const CLEANING: readonly CommandName[] = ['sync now', 'reset only safe_auto', 'reset'];
const NO_ACT: readonly CommandName[] = [];
const NOT_OF_OUR_ROOT = { isOfOurRoot: false, mayBeRecorded: false };
const OTHER_USER = 12_345;
const VERSIONS = ['3.2.0', '3.2.2', '3.2.3', '3.2.4', '3.2.5'] as const;
const HOSTILE = [
  'impostor',
  'redirect',
  'byte-a-second',
  'endless-body',
  'huge-content-length',
  'broken-json',
  'deep-json',
  'terminal-escapes',
  'not-json',
  'server-error',
  'hangs-up',
  'dashboard',
] as const;

export interface StartOptions {
  readonly world: World;
  readonly random: Random;
}

type Kind = (options: StartOptions, port: number) => Promise<readonly TestListener[]>;

/** Weight of each kind in the random choice, and how it is started. */
const KINDS: readonly (readonly [weight: number, kind: Kind])[] = [
  [8, daemon('orphan', {}, CLEANING)],
  [2, daemon('orphan that refuses', { refusesShutdown: true }, CLEANING)],
  [1, daemon('orphan that ignores SIGTERM', { refusesShutdown: true, ignoresTerm: true }, CLEANING)],
  [1, daemon('slow orphan', { exitSeconds: 0.8 }, CLEANING)],
  [1, wedged],
  [2, daemon('pre-marker', { version: '3.1.4' }, ['reset'])],
  [1, daemon('liar', { healthPatch: { token: 'another' } }, ['reset'])],
  [2, otherRoot],
  [2, liveInOtherRoot],
  [2, otherUsers],
  [3, thirdParty('web server', (world, port) => world.startPlainHttp(port))],
  [1, thirdParty('web server on ::1', (world, port) => world.startPlainHttp(port, { address: '::1' }))],
  [2, thirdParty('silent', (world, port) => world.startSilent([port]))],
  [2, thirdParty('dashboard', (world, port) => world.startDashboard({ port }))],
  // It forwards to the recorded daemon on port 9400, in rounds that have one.
  [1, thirdParty('relay', (world, port) => world.startRelay(port, 9400))],
  [2, thirdParty('hostile', startHostile)],
  [1, twins],
  [1, sharedSocket],
];

/** Starts a randomly chosen kind of listener on a port. */
export function startListener(options: StartOptions, port: number): Promise<readonly TestListener[]> {
  const total = KINDS.reduce((sum, [weight]) => sum + weight, 0);
  let draw = options.random.next() * total;
  const found = KINDS.find(([weight]) => (draw -= weight) < 0) ?? KINDS[0];
  if (!found) throw new Error('no kinds to choose from');
  return found[1](options, port);
}

export function listenerOf(kind: string, daemon: Daemon, mayBeEndedBy: readonly CommandName[]): TestListener {
  const { port, pid, alive } = daemon;
  const shutdownRequests = (): number => daemon.journal().shutdownTokens.length;
  return { kind, port, pid, alive, shutdownRequests, mayBeEndedBy, isOfOurRoot: true, mayBeRecorded: true };
}

function daemon(kind: string, options: Partial<DaemonOptions>, mayBeEndedBy: readonly CommandName[]): Kind {
  return async ({ world, random }, port) => {
    const started = await world.startDaemon({ port, version: random.pick(VERSIONS), ...options });
    return [listenerOf(kind, started, mayBeEndedBy)];
  };
}

async function wedged({ world, random }: StartOptions, port: number): Promise<readonly TestListener[]> {
  const version = random.pick(VERSIONS);
  const started = await world.startDaemon({ port, version, silentSeconds: Infinity });
  return [{ ...listenerOf('wedged', started, ['reset']), mayBeRecorded: false }];
}

async function otherRoot({ world, random }: StartOptions, port: number): Promise<readonly TestListener[]> {
  const root = `${world.folder}/other-${port}/.spec-kitty`;
  const started = await world.startDaemon({ port, version: random.pick(VERSIONS), root });
  return [{ ...listenerOf('other root', started, ['reset']), ...NOT_OF_OUR_ROOT }];
}

async function liveInOtherRoot(
  { world, random }: StartOptions,
  port: number,
): Promise<readonly TestListener[]> {
  const root = `${world.folder}/live-${port}/.spec-kitty`;
  const started = await world.startDaemon({ port, version: random.pick(VERSIONS), root });
  world.recordSingleton(started);
  return [{ ...listenerOf('live in another root', started, NO_ACT), ...NOT_OF_OUR_ROOT }];
}

async function otherUsers({ world, random }: StartOptions, port: number): Promise<readonly TestListener[]> {
  const started = await world.startDaemon({ port, version: random.pick(VERSIONS), uid: OTHER_USER });
  return [{ ...listenerOf("another user's", started, NO_ACT), ...NOT_OF_OUR_ROOT }];
}

async function twins({ world }: StartOptions, port: number): Promise<readonly TestListener[]> {
  const options = { port, version: '3.2.3', sharesPort: true } as const;
  const one = await world.startDaemon(options);
  const other = await world.startDaemon(options);
  return [one, other].map((twin) => ({ ...listenerOf('twin', twin, NO_ACT), ...NOT_OF_OUR_ROOT }));
}

async function sharedSocket({ world }: StartOptions, port: number): Promise<readonly TestListener[]> {
  const started = await world.startDaemon({ port, version: '3.2.3', sharesSocket: 'openly' });
  return [{ ...listenerOf('shared socket', started, NO_ACT), ...NOT_OF_OUR_ROOT }];
}

function thirdParty(
  kind: string,
  start: (world: World, port: number, random: Random) => Promise<Running>,
): Kind {
  return async ({ world, random }, port) => {
    const { pid, alive } = await start(world, port, random);
    return [{ kind, port, pid, alive, shutdownRequests: () => 0, mayBeEndedBy: NO_ACT, ...NOT_OF_OUR_ROOT }];
  };
}

function startHostile(world: World, port: number, random: Random): Promise<Running> {
  const behaviour = random.pick(HOSTILE);
  const subject = behaviour === 'impostor' ? random.integer(2, 40) : random.integer(9400, 9449);
  const needsSubject = behaviour === 'impostor' || behaviour === 'redirect';
  return world.startHostile(port, behaviour, needsSubject ? subject : undefined);
}

import type { Daemon, DaemonOptions } from '../support/daemons.js';
import type { Running } from '../support/fixtures.js';
import type { World } from '../support/world.js';
import type { Random } from './random.js';

/** What the rig runs; a member of the cast says which of them may end it. */
export type Act =
  'doctor' | 'reset only safe_auto' | 'reset' | 'sync now' | 'sync stop' | 'dashboard' | 'dashboard --stop';

/** Somebody on a port, and what may happen to them. By construction: the rig asks nobody's opinion. */
export interface Member {
  readonly kind: string;
  readonly port: number;
  readonly pid: number;
  readonly alive: () => boolean;
  /** Requests to leave that reached it. */
  readonly asked: () => number;
  readonly mayGo: readonly Act[];
  /** It belongs to our root: its number may be recycled. */
  readonly isOfOurRoot: boolean;
  /** It answers, so where nobody can tell which daemon is recorded, it may be that one, and nobody may touch it. */
  readonly mayBeRecorded: boolean;
}

const CLEANING: readonly Act[] = ['sync now', 'reset only safe_auto', 'reset'];
const NOBODY: readonly Act[] = [];
const ELSEWHERE = { isOfOurRoot: false, mayBeRecorded: false };
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

export interface CastOptions {
  readonly world: World;
  readonly random: Random;
}

type Kind = (options: CastOptions, port: number) => Promise<readonly Member[]>;

/** How often each is drawn, and how it is started. */
const KINDS: readonly (readonly [weight: number, kind: Kind])[] = [
  [8, daemon('orphan', {}, CLEANING)],
  [2, daemon('orphan that refuses', { refusesShutdown: true }, CLEANING)],
  [1, daemon('deaf orphan', { refusesShutdown: true, ignoresTerm: true }, CLEANING)],
  [1, daemon('slow orphan', { exitSeconds: 0.8 }, CLEANING)],
  [1, wedged],
  [2, daemon('pre-marker', { version: '3.1.4' }, ['reset'])],
  [1, daemon('liar', { healthPatch: { token: 'another' } }, ['reset'])],
  [2, otherRoot],
  [2, liveInOtherRoot],
  [2, otherUsers],
  [3, stranger('web server', (world, port) => world.startPlainHttp(port))],
  [1, stranger('web server on ::1', (world, port) => world.startPlainHttp(port, { address: '::1' }))],
  [2, stranger('silent', (world, port) => world.startSilent([port]))],
  [2, stranger('dashboard', (world, port) => world.startDashboard({ port }))],
  // Behind it is the recorded daemon, in rounds that have one.
  [1, stranger('relay', (world, port) => world.startRelay(port, 9400))],
  [2, stranger('hostile', startHostile)],
  [1, twins],
  [1, sharedSocket],
];

/** Puts somebody on a port. */
export function startMember(options: CastOptions, port: number): Promise<readonly Member[]> {
  const total = KINDS.reduce((sum, [weight]) => sum + weight, 0);
  let draw = options.random.next() * total;
  const found = KINDS.find(([weight]) => (draw -= weight) < 0) ?? KINDS[0];
  if (!found) throw new Error('nobody to draw from');
  return found[1](options, port);
}

export function memberOf(kind: string, daemon: Daemon, mayGo: readonly Act[]): Member {
  const { port, pid, alive } = daemon;
  const asked = (): number => daemon.journal().shutdownTokens.length;
  return { kind, port, pid, alive, asked, mayGo, isOfOurRoot: true, mayBeRecorded: true };
}

function daemon(kind: string, options: Partial<DaemonOptions>, mayGo: readonly Act[]): Kind {
  return async ({ world, random }, port) => {
    const started = await world.startDaemon({ port, version: random.pick(VERSIONS), ...options });
    return [memberOf(kind, started, mayGo)];
  };
}

async function wedged({ world, random }: CastOptions, port: number): Promise<readonly Member[]> {
  const version = random.pick(VERSIONS);
  const started = await world.startDaemon({ port, version, silentSeconds: Infinity });
  return [{ ...memberOf('wedged', started, ['reset']), mayBeRecorded: false }];
}

async function otherRoot({ world, random }: CastOptions, port: number): Promise<readonly Member[]> {
  const root = `${world.folder}/other-${port}/.spec-kitty`;
  const started = await world.startDaemon({ port, version: random.pick(VERSIONS), root });
  return [{ ...memberOf('other root', started, ['reset']), ...ELSEWHERE }];
}

async function liveInOtherRoot({ world, random }: CastOptions, port: number): Promise<readonly Member[]> {
  const root = `${world.folder}/live-${port}/.spec-kitty`;
  const started = await world.startDaemon({ port, version: random.pick(VERSIONS), root });
  world.recordSingleton(started);
  return [{ ...memberOf('live in another root', started, NOBODY), ...ELSEWHERE }];
}

async function otherUsers({ world, random }: CastOptions, port: number): Promise<readonly Member[]> {
  const started = await world.startDaemon({ port, version: random.pick(VERSIONS), uid: OTHER_USER });
  return [{ ...memberOf("another user's", started, NOBODY), ...ELSEWHERE }];
}

async function twins({ world }: CastOptions, port: number): Promise<readonly Member[]> {
  const options = { port, version: '3.2.3', sharesPort: true } as const;
  const one = await world.startDaemon(options);
  const other = await world.startDaemon(options);
  return [one, other].map((twin) => ({ ...memberOf('twin', twin, NOBODY), ...ELSEWHERE }));
}

async function sharedSocket({ world }: CastOptions, port: number): Promise<readonly Member[]> {
  const started = await world.startDaemon({ port, version: '3.2.3', sharesSocket: 'openly' });
  return [{ ...memberOf('shared socket', started, NOBODY), ...ELSEWHERE }];
}

function stranger(
  kind: string,
  start: (world: World, port: number, random: Random) => Promise<Running>,
): Kind {
  return async ({ world, random }, port) => {
    const { pid, alive } = await start(world, port, random);
    return [{ kind, port, pid, alive, asked: () => 0, mayGo: NOBODY, ...ELSEWHERE }];
  };
}

function startHostile(world: World, port: number, random: Random): Promise<Running> {
  const behaviour = random.pick(HOSTILE);
  const subject = behaviour === 'impostor' ? random.integer(2, 40) : random.integer(9400, 9449);
  const needsSubject = behaviour === 'impostor' || behaviour === 'redirect';
  return world.startHostile(port, behaviour, needsSubject ? subject : undefined);
}

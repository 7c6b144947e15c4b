import fc from 'fast-check';
import { EVENT_NAMES, type EventName, LINUX_EVENTS } from './actors/events.js';
import { LISTENERS, type ListenerSpec, TRAITS } from './actors/listeners.js';
import { CALLS, MACOS_CALLS } from './port/call-names.js';
import type { PortCall } from './port/calls.js';
import type { ServerAnswer } from './port/queue.js';
import type { Side } from './port/task.js';
import { LINUX, MACOS, OLD_MACOS, type System } from './world/system.js';

/** Everything that decides a run. Equal schedules give equal runs. */
export interface Schedule {
  readonly world: WorldName;
  readonly listeners: readonly ListenerSpec[];
  readonly state: StateName;
  readonly commands: readonly CommandSpec[];
  readonly events: readonly PlannedEvent[];
  /** How the server answers uploads, in turn; the last answer stays. */
  readonly server: readonly ServerAnswer[];
  /** How much later than asked a sleep ends: on a busy machine timers are late. */
  readonly lateness: number;
  /** Whether commands run under a policy that calls everything a proven orphan: then only the guard protects. */
  readonly isPolicyLax: boolean;
  /** Which of the things that are due happens next, in turn. 0 is the one that is due longest. */
  readonly picks: readonly number[];
}

/** What the state file of our root says at the beginning. */
const STATES = [
  'names one',
  'absent',
  'corrupt',
  'names a dead one',
  'names another process',
  'untrusted',
  'from elsewhere',
] as const;
export type StateName = (typeof STATES)[number];

const SERVER: readonly ServerAnswer[] = [
  ...(['success', 'half', 'queued', 'refused', 'too large', 'unauthorised', 'error', 'silent'] as const),
];

const COMMANDS = ['reset', 'start', 'resetSafe', 'stop'] as const;
export type CommandName = (typeof COMMANDS)[number] | 'doctor';

interface CommandSpec {
  readonly program: CommandName;
  readonly atMs: number;
}

/** An event that happens at the nth call of a function of the port, by whatever process of ours. */
export interface PlannedEvent {
  readonly call: PortCall;
  readonly nth: number;
  readonly side: Side;
  readonly event: EventName;
  readonly target: number;
  readonly value: number;
}

/** The commands for daemons of ours are among them, and refuse. */
const ON_MACOS: readonly CommandName[] = [
  ...(['reset', 'reset', 'reset', 'reset', 'resetSafe', 'resetSafe', 'doctor', 'start', 'stop'] as const),
];

/** What the worlds differ in: the system, and which commands run. */
const WORLDS = {
  reset: { system: LINUX, commands: ['reset', 'resetSafe'], count: [1, 1] },
  stop: { system: LINUX, commands: ['stop'], count: [1, 1] },
  start: { system: LINUX, commands: ['start'], count: [1, 2] },
  rivals: { system: LINUX, commands: COMMANDS, count: [2, 4] },
  retirement: { system: LINUX, commands: ['start', 'start', 'stop', 'reset'], count: [2, 3] },
  drain: { system: LINUX, commands: ['start'], count: [1, 1] },
  macos: { system: MACOS, commands: ON_MACOS, count: [1, 3] },
  'macos-14.1': { system: OLD_MACOS, commands: ON_MACOS, count: [1, 3] },
} as const;
export type WorldName = keyof typeof WORLDS;
export const WORLD_NAMES = Object.keys(WORLDS) as WorldName[];

/** The worlds that seeds stand for unless one is named. A seed keeps its schedule as long as these stay as they are. */
const IN_TURN = WORLD_NAMES.filter((name) => WORLDS[name].system === LINUX);

export function systemOf(world: WorldName): System {
  return WORLDS[world].system;
}

function nameOf(seed: number, world: WorldName | null): WorldName {
  return world ?? IN_TURN[seed % IN_TURN.length] ?? 'reset';
}

const FEWEST_EVENTS = 30;
/** How often a function is called in a run at most, about: an event later than that never happens. */
const OFTEN = 24;

/** Calls between the last look and an act, or at an act. Events there are chosen more often. */
const BEFORE_ACTS: readonly PortCall[] = [
  ...([
    'opener.open',
    'handle.signal',
    'request',
    'sockets.holds',
    'detectPidfd',
    'write.remove',
    'lock',
  ] as const),
  ...([
    'collector.listSockets',
    'collector.findOwners',
    'getHealth',
    'processes.read',
    'tree.readFile',
  ] as const),
  ...(['programs.startDetached', 'write.writePrivate', 'clock.sleep', 'files.isLocked', 'serve'] as const),
];

/** Events that are chosen more often than others: without them nothing moves. */
const REPEATED: readonly EventName[] = [
  'others act',
  'others act',
  'others act',
  'time passes',
  'a PID is reused',
  'a state file names a daemon',
  'a released program starts a daemon',
  'a slow moment, and a released program starts a daemon',
  'a state file names a daemon',
];

/** The calls and events of macOS that are chosen more often: a process becomes another between a look and a signal. */
const AT_SIGNALS: readonly PortCall[] = [
  ...(['opener.open', 'opener.open', 'handle.signal', 'handle.signal', 'handle.signal'] as const),
  ...(['handle.signal', 'handle.signal', 'handle.signal', 'handle.signal'] as const),
];
const REPEATED_ON_MACOS: readonly EventName[] = [
  ...(['a PID is reused', 'a PID is reused', 'a PID is reused', 'a process runs another program'] as const),
  ...(['a process runs another program', 'a sandbox hides a process'] as const),
];

function plannedEvents(calls: readonly PortCall[], events: readonly EventName[]): fc.Arbitrary<PlannedEvent> {
  return fc
    .tuple(
      fc.constantFrom(...calls),
      fc.nat(OFTEN * OFTEN - 1),
      fc.constantFrom('before', 'during', 'after'),
      fc.constantFrom(...events),
      fc.nat(11),
      fc.nat(11),
    )
    .map(([call, nth, side, event, target, value]) => ({
      ...{ call, side, event, target, value },
      // Early calls are more likely than late ones, because many functions are called only once or twice.
      nth: 1 + Math.floor((nth * nth) / OFTEN ** 3),
    }));
}

/** What schedules of a system are made of. */
const PARTS = {
  linux: {
    listeners: LISTENERS,
    traits: TRAITS,
    event: plannedEvents(
      [...CALLS, ...BEFORE_ACTS, ...BEFORE_ACTS, ...BEFORE_ACTS],
      [...LINUX_EVENTS, ...REPEATED],
    ),
  },
  darwin: {
    // No daemon of ours runs there.
    listeners: LISTENERS.filter((kind) => !kind.startsWith('own ')),
    // What obeys a request gets no signal.
    traits: [...TRAITS, 'refuses', 'refuses', 'ignores SIGTERM'] as const,
    event: plannedEvents(
      [...MACOS_CALLS, ...BEFORE_ACTS.filter((call) => MACOS_CALLS.includes(call)), ...AT_SIGNALS],
      [...EVENT_NAMES, ...REPEATED, ...REPEATED_ON_MACOS],
    ),
  },
} as const;

/**
 * A list of a certain length, from which a shrinker may remove anything. (A list with a shortest length shrinks no
 * further than that.)
 */
function removable<T>(
  element: fc.Arbitrary<T>,
  minLength: number,
  maxLength: number,
): fc.Arbitrary<readonly T[]> {
  const oftenThere = fc.option(element, { nil: undefined, freq: 1_000_000 });
  return fc
    .array(oftenThere, { minLength, maxLength, size: 'max' })
    .map((all) => all.filter((each) => each !== undefined));
}

/** All schedules of a world. */
function schedulesOf(world: WorldName): fc.Arbitrary<Schedule> {
  const { commands, count, system } = WORLDS[world];
  const { listeners, traits, event } = PARTS[system.platform];
  const [minLength, maxLength] = count;
  return fc.record({
    world: fc.constant(world),
    listeners: removable(
      fc.record({
        kind: fc.oneof(fc.constantFrom(...listeners), fc.constantFrom(...listeners.slice(0, 5))),
        trait: fc.oneof(fc.constant('plain' as const), fc.constantFrom(...traits)),
      }),
      3,
      4,
    ),
    state: fc.oneof(
      fc.constantFrom(...STATES),
      fc.constant('names one' as const),
      fc.constant('absent' as const),
    ),
    commands: fc.array(
      fc.record({ program: fc.constantFrom(...commands), atMs: fc.constantFrom(0, 0, 30, 700) }),
      { minLength, maxLength },
    ),
    events: removable(event, FEWEST_EVENTS, FEWEST_EVENTS),
    server: fc.array(fc.constantFrom(...SERVER), { minLength: 1, maxLength: 4 }),
    lateness: fc.constantFrom(20, 20, 6, 1),
    isPolicyLax: fc.constantFrom(false, false, false, true),
    picks: fc.array(fc.nat(5), { maxLength: 30, size: 'max' }),
  });
}

/** The schedule that a seed stands for. */
export function scheduleOf(seed: number, world: WorldName | null): Schedule {
  const name = nameOf(seed, world);
  let found: Schedule | undefined;
  const remember = fc.property(ARBITRARIES[name], (schedule) => {
    found = schedule;
  });
  fc.assert(remember, { seed, numRuns: 1 });
  if (!found) throw new Error('no schedule was generated');
  return found;
}

/**
 * Finds a short schedule that fails in the same way as the schedule of a seed: fast-check removes events and listeners,
 * and makes numbers smaller, while it still fails.
 * @param fails whether a schedule fails so
 */
export function shrink(
  seed: number,
  world: WorldName | null,
  fails: (schedule: Schedule) => boolean,
): Schedule {
  const name = nameOf(seed, world);
  let tries = 0;
  const holds = fc.property(ARBITRARIES[name], (schedule) => ++tries > MOST_TRIES || !fails(schedule));
  const { counterexample } = fc.check(holds, { seed, numRuns: 1 });
  if (!counterexample) throw new Error(`seed ${seed} does not fail`);
  return counterexample[0];
}

const MOST_TRIES = 1500;

const ARBITRARIES = Object.fromEntries(
  WORLD_NAMES.map((name) => [name, schedulesOf(name)]),
) as unknown as Readonly<Record<WorldName, fc.Arbitrary<Schedule>>>;

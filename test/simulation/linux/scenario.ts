import fc from 'fast-check';
import type { EventName } from '../actors/events.js';
import type { ListenerKind, TRAITS } from '../actors/listeners.js';
import type { PortCall } from '../port/calls.js';
import type { StateName } from '../schedule.js';

/** A run that both the model and Linux can be forced into: one command, and at most one event at one of its steps. */
export interface Scenario {
  readonly listeners: readonly RealListener[];
  readonly state: RealState;
  readonly command: 'reset' | 'resetSafe';
  /** Null: nothing happens. */
  readonly event: RealEvent | null;
}

export interface RealListener {
  readonly kind: RealKind;
  readonly trait: (typeof REAL_TRAITS)[number];
}

export interface RealEvent {
  readonly name: keyof typeof REAL_EVENTS;
  readonly step: keyof typeof STEPS;
  /** The listener that it happens to, by position. */
  readonly listener: number;
}

/** The port of a listener, by position. */
export function portOf(listener: number): number {
  return 9400 + 2 * listener;
}

/** The kinds of listeners that a fixture program can play. */
const REAL_KINDS = [
  ...(['orphan', 'orphan 3.2.4', 'recorded', 'pre-marker', 'liar', 'other root'] as const),
  ...(['live elsewhere', "another user's", 'silent', 'web server', 'dashboard', 'relay'] as const),
  ...(['shared socket', 'twins', 'second port', 'wedged'] as const),
] satisfies readonly ListenerKind[];
type RealKind = (typeof REAL_KINDS)[number];

const REAL_TRAITS = [
  'plain',
  'refuses',
  'ignores SIGTERM',
  'stopped',
] as const satisfies readonly (typeof TRAITS)[number][];

const REAL_STATES = [
  ...(['names one', 'absent', 'corrupt', 'names a dead one', 'untrusted'] as const),
] satisfies readonly StateName[];
type RealState = (typeof REAL_STATES)[number];

/** The steps at which a command can be paused (pause.mjs): each is before the first call of one function of the port. */
export const STEPS = {
  lock: 'lock',
  health: 'getHealth',
  journal: 'write.appendLines',
  request: 'request',
} as const satisfies Readonly<Record<string, PortCall>>;

/** The events that Linux can be forced into: the event of the model, and which variant of it. */
export const REAL_EVENTS = {
  'a daemon ends': ['a process ends', 0],
  'its PID is reused': ['a PID is reused', 0],
  'its socket is passed on': ['a socket is passed on', 0],
  'its socket is passed on to another user': ['a socket is passed on', 3],
  'it is stopped': ['a process is stopped', 0],
  'its state file names it': ['a state file names a daemon', 0],
  'its state file is removed': ['a state file is removed', 0],
  'its state file becomes garbage': ['a state file is overwritten', 0],
  'its state file names another': ['a state file is overwritten', 1],
  'its state file becomes writable by others': ['a state file becomes unreadable', 1],
  'a web server starts': ['a listener starts', 0],
} as const satisfies Readonly<Record<string, readonly [EventName, number]>>;

const listeners = fc
  .array(
    fc.record({
      kind: fc.oneof(
        fc.constantFrom(...REAL_KINDS),
        fc.constantFrom('orphan' as const, 'recorded' as const, 'orphan 3.2.4' as const),
      ),
      trait: fc.oneof(
        { weight: 4, arbitrary: fc.constant('plain' as const) },
        { weight: 1, arbitrary: fc.constantFrom(...REAL_TRAITS) },
      ),
    }),
    { minLength: 2, maxLength: 3 },
  )
  // A relay passes requests on to the first listener.
  .filter(([first]) => first?.kind !== 'relay');

const scenarios: fc.Arbitrary<Scenario> = fc.record({
  listeners,
  state: fc.constantFrom(...REAL_STATES, 'names one' as const, 'absent' as const),
  command: fc.constantFrom('reset' as const, 'resetSafe' as const),
  event: fc.option(
    fc.record({
      name: fc.constantFrom(...(Object.keys(REAL_EVENTS) as (keyof typeof REAL_EVENTS)[])),
      step: fc.constantFrom(...(Object.keys(STEPS) as (keyof typeof STEPS)[])),
      listener: fc.nat(2),
    }),
    { freq: 12 },
  ),
});

/** The first scenarios that follow from a seed, and that Linux can be forced into. */
export function scenariosOf(seed: number, count: number): readonly Scenario[] {
  return fc.sample(scenarios.filter(isPossible), { seed, numRuns: count });
}

/**
 * Whether a fixture can play it. The heir in `shared socket` is a child in the daemon's session, whose PID the kernel
 * gives to nobody, and it has the daemon's command line. A fixture of another user has another root than in the model.
 */
function isPossible({ listeners: all, event }: Scenario): boolean {
  const kind = event && all[event.listener % all.length]?.kind;
  if (kind === 'shared socket') return event?.name !== 'its PID is reused' && event?.name !== 'a daemon ends';
  // The model passes on all sockets of a process.
  if (kind === 'second port') return event?.name.startsWith('its socket') !== true;
  return kind !== "another user's" || event?.name !== 'its state file names it';
}

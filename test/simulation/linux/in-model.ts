import type { ResetOutcome } from '../../../src/reset.js';
import { Run } from '../run.js';
import type { Schedule } from '../schedule.js';
import type { Product } from '../thread.js';
import { newTrace } from '../trace.js';
import { portOf, REAL_EVENTS, type Scenario, STEPS } from './scenario.js';

/** What a command reported, and which listeners run afterwards: one line each, in order. */
export type Outcomes = readonly string[];

/** Runs a scenario in the model. @returns null if its event does not happen there */
export function outcomesInModel(scenario: Scenario, product: Product): Outcomes | null {
  const run = new Run(scheduleOf(scenario), product, newTrace(false));
  const violations = run.play();
  if (violations.length > 0) throw new Error(violations.join('; '));
  if (scenario.event && run.eventsHappened === 0) return null;
  const outcome = run.results[0] as ResetOutcome;
  const entries = outcome.ok
    ? outcome.reset.result.map(({ candidate, outcome: entry }) => {
        const detail = entry.bucket === 'swept' ? entry.path : entry.reason;
        return `${candidate.identity.port} ${entry.bucket} ${detail}`;
      })
    : ['refused'];
  const alive = scenario.listeners.map((_, index) => {
    const [first] = run.started[index] ?? [];
    return `${portOf(index)} ${first?.state === 'running' ? 'runs' : 'has ended'}`;
  });
  return [...entries, ...alive].sort();
}

function scheduleOf({ listeners, state, command, event }: Scenario): Schedule {
  return {
    ...{ world: 'reset', listeners, state, commands: [{ program: command, atMs: 0 }] },
    ...{ server: ['success'], lateness: 1, isPolicyLax: false, picks: [] },
    events: event ? [planned(event, listeners)] : [],
  };
}

function planned(
  event: NonNullable<Scenario['event']>,
  listeners: Scenario['listeners'],
): Schedule['events'][number] {
  const [name, value] = REAL_EVENTS[event.name];
  return {
    ...{ call: STEPS[event.step], nth: 1, side: 'before', event: name, value },
    target: targetOf(event.listener % listeners.length, listeners),
  };
}

/** The position of a listener among all processes that listen: some kinds are two processes. */
function targetOf(listener: number, listeners: Scenario['listeners']): number {
  const before = listeners.slice(0, listener);
  return before.length + before.filter(({ kind }) => kind === 'twins' || kind === 'shared socket').length;
}

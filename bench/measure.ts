import { Bench } from 'tinybench';
import { createWorld, type World } from '../test/support/world.js';
import type { Budget, Scenario } from './scenarios.js';
import type { Subject } from './subjects.js';

/** Medians in milliseconds. */
export interface Medians {
  readonly subject: number;
  readonly reference: number;
}

export interface Measured {
  readonly medians: Medians;
  readonly budget: Budget | null;
}

/** Measures one scenario in a test world of its own. */
export async function measure(scenario: Scenario, signal: AbortSignal): Promise<Measured> {
  const world = await createWorld();
  try {
    await scenario.prepare?.(world);
    const { budget = null } = scenario;
    return {
      budget: typeof budget === 'function' ? await budget(world) : budget,
      medians: await inTurns(scenario, world, signal),
    };
  } finally {
    await world.close();
  }
}

/**
 * Runs subject and reference alternately. tinybench runs its tasks one after the other or concurrently, so they are
 * started concurrently and each measurement waits for the one before it. Only the measurement itself is timed.
 */
async function inTurns(
  { subject, reference, rounds }: Scenario,
  world: World,
  signal: AbortSignal,
): Promise<Medians> {
  const bench = new Bench({
    iterations: rounds,
    time: 0,
    warmupIterations: 1,
    warmupTime: 0,
    concurrency: 'bench',
    // A derived signal for each run, because tinybench does not remove its listeners.
    signal: AbortSignal.any([signal]),
  });
  let lastTurn: Promise<unknown> = Promise.resolve();
  const addTask = ({ name, measure }: Subject): void => {
    const turn = async (): Promise<object> => {
      const mine = lastTurn.then(() => measure(world));
      lastTurn = mine.catch(() => undefined);
      return { overriddenDuration: await mine };
    };
    bench.add(name, turn, { async: true });
  };
  addTask(reference);
  addTask(subject);
  await bench.run();
  return { subject: medianOf(bench, subject), reference: medianOf(bench, reference) };
}

function medianOf(bench: Bench, { name }: Subject): number {
  const result = bench.getTask(name)?.result;
  if (result?.state === 'completed') return result.latency.p50;
  throw result?.state === 'errored' ? result.error : new Error(`${name}: ${result?.state ?? 'not measured'}`);
}

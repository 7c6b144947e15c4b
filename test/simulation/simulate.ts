import type { PortCall } from './port/calls.js';
import type { Mutation } from './port/darwin/audit-token.js';
import type { Product } from './thread.js';
import { Run } from './run.js';
import { type Schedule, shrink, type WorldName } from './schedule.js';
import { newTrace, type Row } from './trace.js';
import { KILLED } from './world/world.js';

/** What one run showed. */
export interface RunResult {
  readonly violations: readonly string[];
  readonly rows: readonly Row[];
  readonly steps: number;
  readonly events: number;
  /** Which events happened at which calls of the port. */
  readonly met: ReadonlyMap<PortCall, ReadonlySet<string>>;
  /** The functions of the port that were called. */
  readonly called: readonly PortCall[];
}

/** Runs one schedule. No real time passes, and equal schedules give equal results. */
export function simulate(
  schedule: Schedule,
  pool: Product,
  keepsTrace = false,
  mutation: Mutation | null = null,
): RunResult {
  ignoreKilled();
  const trace = newTrace(keepsTrace);
  const run = new Run(schedule, pool, trace, mutation);
  const violations = run.play();
  const { eventsHappened: events, met, called } = run;
  return { violations, rows: trace.rows, steps: run.world.step, events, met, called };
}

/** A failing seed, and the shortest schedule found that fails in the same way. */
export interface Counterexample {
  readonly seed: number;
  readonly violation: string;
  readonly schedule: Schedule;
}

/**
 * Makes a failing run short.
 * @param isWanted what else must hold for a shorter schedule
 */
export function shortened(
  pool: Product,
  seed: number,
  world: WorldName | null,
  violation: string,
  isWanted: (schedule: Schedule) => boolean = () => true,
): Counterexample {
  const kind = kindOf(violation);
  const schedule = shrink(
    seed,
    world,
    (each) => simulate(each, pool).violations.some((text) => kindOf(text) === kind) && isWanted(each),
  );
  const [shown = violation] = simulate(schedule, pool).violations.filter((text) => kindOf(text) === kind);
  return { seed, violation: shown, schedule };
}

/** A violation without the names and numbers of its run. */
function kindOf(violation: string): string {
  return violation.replace(/\d+/g, 'N').replace(/reaches .*?([:,])/, 'reaches it$1');
}

/** Lets Node forget the promises of killed processes. A long run that never does needs more and more memory. */
export function forgetKilled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

let isIgnoring = false;

/** A process that is killed leaves promises behind that nobody waits for. */
function ignoreKilled(): void {
  if (isIgnoring) return;
  isIgnoring = true;
  process.on('unhandledRejection', (reason) => {
    if (reason !== KILLED) throw reason;
  });
}

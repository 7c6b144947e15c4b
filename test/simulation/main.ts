import { parseArgs } from 'node:util';
import { bundleProduct } from './bundle.js';
import { Coverage } from './coverage.js';
import { productFrom, type Product } from './thread.js';
import { scheduleOf, WORLD_NAMES, type WorldName } from './schedule.js';
import { forgetKilled, shortened, simulate } from './simulate.js';
import { traceTable, untilViolation } from './trace.js';

const USAGE = `simulate [--seeds N] [--seed S] [--world NAME] [--trace] [--orders]
  --seeds N     how many schedules (1000)
  --seed S      the first seed, a whole number from 0 to 2147483647 (a fresh one, which is printed)
  --world NAME  ${WORLD_NAMES.join(', ')} (all of Linux, in turn)
  --trace       prints each run as a table
  --orders      prints which events met which port calls, and which did not
`;
const LARGEST_SEED = 2 ** 31 - 1;
const MOST_FAILURES = 5;

process.exitCode = await main();

/** Exit code 0 without violations, 1 with violations, 2 for arguments that mean nothing. */
async function main(): Promise<0 | 1 | 2> {
  const given = readArguments();
  if (typeof given === 'string') {
    process.stderr.write(`simulate: ${given}\n${USAGE}`);
    return 2;
  }
  const { seed, seeds, world, showsTrace, showsOrders } = given;
  const pool = productFrom(await bundleProduct());
  const coverage = new Coverage();
  const from = performance.now();
  let failures = 0;
  let steps = 0;
  let events = 0;
  for (let each = seed; each < seed + seeds; each++) {
    const result = simulate(scheduleOf(each, world), pool, showsTrace);
    steps += result.steps;
    events += result.events;
    coverage.add(result.met, result.called);
    if (showsTrace) process.stdout.write(`seed ${each}\n${traceTable(result.rows)}\n`);
    if (each % 50 === 0) await forgetKilled();
    const [violation] = result.violations;
    if (violation === undefined) continue;
    failures++;
    report(pool, each, world, violation);
    if (failures === MOST_FAILURES) break;
  }
  const seconds = (performance.now() - from) / 1000;
  process.stdout.write(
    `${seeds} schedules from seed ${seed} in ${seconds.toFixed(1)} s (${Math.round(seeds / seconds)} a second): ` +
      `${steps} steps, ${events} planned events, ${failures} violations\n${coverage.summary()}\n`,
  );
  if (showsOrders) process.stdout.write(`${coverage.table()}\n`);
  return failures > 0 ? 1 : 0;
}

/** Prints a failing run as short as it can be made, and checks that it is the same run twice. */
function report(pool: Product, seed: number, world: WorldName | null, violation: string): void {
  const { schedule, violation: shown } = shortened(pool, seed, world, violation);
  const [one, other] = [1, 2].map(() => traceTable(untilViolation(simulate(schedule, pool, true).rows)));
  process.stdout.write(`seed ${seed}: ${violation}\n  shortened: ${shown}\n${one ?? ''}\n`);
  if (one !== other) process.stdout.write('  THE TRACE DIFFERS WHEN IT IS RUN AGAIN\n');
  process.stdout.write(
    `  again: npm run simulate -- --seed ${seed} --seeds 1${world ? ` --world ${world}` : ''} --trace\n`,
  );
}

interface Arguments {
  readonly seed: number;
  readonly seeds: number;
  readonly world: WorldName | null;
  readonly showsTrace: boolean;
  readonly showsOrders: boolean;
}

/** @returns what is wrong with the arguments, as a text */
function readArguments(): Arguments | string {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        seeds: { type: 'string', default: '1000' },
        seed: { type: 'string' },
        world: { type: 'string' },
        trace: { type: 'boolean', default: false },
        orders: { type: 'boolean', default: false },
      },
    }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  const { seeds, seed, world, trace, orders } = values;
  if (!/^[1-9]\d{0,8}$/.test(seeds)) return `--seeds takes a whole number from 1, not \`${seeds}\``;
  if (seed !== undefined && (!/^\d{1,10}$/.test(seed) || Number(seed) > LARGEST_SEED))
    return `--seed takes a whole number from 0 to ${LARGEST_SEED}, not \`${seed}\``;
  const found = WORLD_NAMES.find((name) => name === world);
  if (world !== undefined && !found) return `there is no world \`${world}\``;
  return {
    seed: seed === undefined ? Math.floor(Math.random() * 1e9) : Number(seed),
    seeds: Number(seeds),
    world: found ?? null,
    showsTrace: trace,
    showsOrders: orders,
  };
}

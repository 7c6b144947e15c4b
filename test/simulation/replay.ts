import { readFileSync } from 'node:fs';
import { bundleProduct } from './bundle.js';
import { counterexamplesFrom, FILE } from './counterexamples.js';
import { GUARDS } from './guards.js';
import { productFrom, type Product } from './thread.js';
import { type Schedule, scheduleOf } from './schedule.js';
import { simulate } from './simulate.js';

/** Each needed a correction of the product, or of what the model takes for wrong. */
const ONCE_WRONG = [
  ...[8499, 1_017_273, 2_023_078, 3_009_502, 3_042_682, 3_058_436, 20_137_480, 20_238_564, 20_612_178],
  ...[20_617_940, 20_628_453, 20_686_332, 20_707_148, 20_709_118, 20_724_634, 50_021_901, 487_797_423],
];

/**
 * Runs the recorded counterexample of every guard: the product without the guard must go wrong in it, and the product as
 * it is must not. Also runs each seed that once violated a property. Prints what is not so.
 */
const product = productFrom(await bundleProduct());
const recorded = counterexamplesFrom(readFileSync(FILE, 'utf8'));
for (const { guard, parts, shows } of GUARDS) {
  const found = recorded.find((each) => each.guard === guard);
  if (!found) {
    process.stdout.write(`no counterexample is recorded for: ${guard}\n`);
    continue;
  }
  const fails = (pool: Product, schedule: Schedule): boolean =>
    simulate(schedule, pool).violations.some((text) => shows?.test(text) ?? true);
  if (fails(product, found.schedule)) process.stdout.write(`the product fails in the run of: ${guard}\n`);
  if (!fails(productFrom(await bundleProduct(parts.flat())), found.schedule))
    process.stdout.write(`without it nothing goes wrong: ${guard}\n`);
}
for (const seed of ONCE_WRONG)
  for (const violation of simulate(scheduleOf(seed, null), product).violations)
    process.stdout.write(`seed ${seed}: ${violation}\n`);

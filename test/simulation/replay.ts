import { readFileSync } from 'node:fs';
import { bundleProduct } from './bundle.js';
import { counterexamplesFrom, FILE } from './counterexamples.js';
import { GUARDS } from './guards.js';
import { productFrom, type Product } from './thread.js';
import type { Schedule } from './schedule.js';
import { simulate } from './simulate.js';

/**
 * Runs the recorded counterexample of every guard: the product without the guard must go wrong in it, and the product as
 * it is must not. Prints what is not so.
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

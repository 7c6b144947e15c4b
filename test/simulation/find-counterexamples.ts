import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { bundleProduct } from './bundle.js';
import { counterexamplesFrom, FILE, type GuardCounterexample } from './counterexamples.js';
import { GUARDS } from './guards.js';
import type { Guard } from './guards/guard.js';
import { writeGuardTable } from './guards-page.js';
import { productFrom, type Product } from './thread.js';
import { type Schedule, scheduleOf } from './schedule.js';
import { forgetKilled, shortened, simulate } from './simulate.js';

/**
 * `npm run simulate:guards [-- NAME…]`: searches a run for every guard that goes wrong without it, makes it short, and
 * writes counterexamples.json and the table in docs/safety-case.md. With words, only guards whose names contain one.
 */
const MOST_SEEDS = Number(process.env['SIMULATE_SEEDS'] ?? 20_000);
const FIRST_SEED = Number(process.env['SIMULATE_FROM'] ?? 0);

const words = process.argv.slice(2);
for (const guard of GUARDS) {
  if (words.length > 0 && !words.some((word) => guard.guard.includes(word))) continue;
  const found = await search(guard);
  process.stdout.write(`${guard.guard}: ${found ? `seed ${found.seed}: ${found.violation}` : 'NOT FOUND'}\n`);
  if (found) await save(found);
}
await writeGuardTable();

async function search({ guard, parts, world, shows }: Guard): Promise<GuardCounterexample | null> {
  const pool = productFrom(await bundleProduct(parts.flat()));
  // The product as it is must be right in the same run, and so must the product with any one part back in place.
  const others = await Promise.all(parts.map((_, index) => poolWithout(parts, index)));
  const fails = (schedule: Schedule, each: Product): string | undefined =>
    simulate(schedule, each).violations.find((text) => shows?.test(text) ?? true);
  for (let seed = FIRST_SEED; seed < FIRST_SEED + MOST_SEEDS; seed++) {
    if (seed % 50 === 0) await forgetKilled();
    const schedule = scheduleOf(seed, world);
    const violation = fails(schedule, pool);
    if (violation === undefined || others.some((each) => fails(schedule, each) !== undefined)) continue;
    const needsAll = (each: Schedule): boolean => others.every((other) => fails(each, other) === undefined);
    return { guard, ...shortened(pool, seed, world, violation, needsAll) };
  }
  return null;
}

/** The product with all parts left out but one. */
async function poolWithout(parts: Guard['parts'], kept: number): Promise<Product> {
  return productFrom(await bundleProduct(parts.filter((_, index) => index !== kept).flat()));
}

async function save(found: GuardCounterexample): Promise<void> {
  const others = counterexamplesFrom(readFileSync(FILE, 'utf8')).filter(({ guard }) => guard !== found.guard);
  const order = GUARDS.map(({ guard }) => guard);
  const all = [...others, found].filter(({ guard }) => order.includes(guard));
  all.sort((one, other) => order.indexOf(one.guard) - order.indexOf(other.guard));
  const options = await resolveConfig(FILE);
  writeFileSync(FILE, await format(JSON.stringify(all), { ...options, parser: 'json' }));
}

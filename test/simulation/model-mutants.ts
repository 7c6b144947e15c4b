import { bundleProduct } from './bundle.js';
import type { Mutation } from './port/darwin/audit-token.js';
import { scheduleOf, type WorldName } from './schedule.js';
import { simulate } from './simulate.js';
import { productFrom } from './thread.js';

/**
 * Runs the product on kernels of macOS that signal as none does, and prints the first run in which the judge sees it: the
 * same run on the kernel as it is must be right. A judge that saw nothing would let every signal pass.
 */
const MUTANTS: readonly (readonly [Mutation, WorldName])[] = [
  ['the version in an audit token is not compared', 'macos'],
  ['signals before macOS 14.2', 'macos-14.1'],
];
const SEEDS = 1000;

const product = productFrom(await bundleProduct());
for (const [mutation, world] of MUTANTS)
  process.stdout.write(`${mutation}: ${firstViolation(mutation, world)}\n`);

function firstViolation(mutation: Mutation, world: WorldName): string {
  for (let seed = 0; seed < SEEDS; seed++) {
    const schedule = scheduleOf(seed, world);
    const [violation] = simulate(schedule, product, false, mutation).violations;
    if (violation !== undefined && simulate(schedule, product).violations.length === 0)
      return `seed ${seed}: ${violation}`;
  }
  return `nothing is noticed in ${SEEDS} runs`;
}

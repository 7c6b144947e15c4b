import { parseArgs } from 'node:util';
import { hasNetworkNamespace, hasPython, canChoosePid } from '../support/requirements.js';
import { type RoundResult, tortureRound } from './round.js';

/** Rounds that run concurrently: most of a round is waiting. */
const AT_ONCE = 3;

/**
 * `npm run torture [-- --rounds N --seed S]`: exit code 0 without violations, 1 with violations, 2 when it cannot run.
 */
const { values } = parseArgs({ options: { rounds: { type: 'string' }, seed: { type: 'string' } } });
process.exitCode = await main(Number(values.rounds ?? 20), Number(values.seed ?? 1));

async function main(rounds: number, seed: number): Promise<0 | 1 | 2> {
  const missing = [hasPython, hasNetworkNamespace, canChoosePid].find(({ met }) => !met);
  if (missing || !(rounds > 0) || !Number.isSafeInteger(seed)) {
    process.stderr.write(`torture: ${missing?.missing ?? '--rounds and --seed take whole numbers'}\n`);
    return 2;
  }
  const from = performance.now();
  const seeds = Array.from({ length: rounds }, (_, round) => seed + round);
  const results: RoundResult[] = [];
  const work = async (): Promise<void> => {
    for (let next = seeds.shift(); next !== undefined; next = seeds.shift()) {
      const result = await tortureRound(next);
      results.push(result);
      report(result);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));

  const sum = (count: (result: RoundResult) => number): number =>
    results.reduce((total, result) => total + count(result), 0);
  const violations = sum((result) => result.violations.length);
  process.stdout.write(
    `${rounds} rounds in ${Math.round((performance.now() - from) / 1000)} s: ` +
      `${sum(({ listeners }) => listeners)} listeners, ${sum(({ runs }) => runs)} commands, ` +
      `${sum(({ swept }) => swept)} daemons retired, ${sum(({ signals }) => signals)} signals, ${sum(({ recycled }) => recycled)} PIDs reused, ` +
      `${violations} violations\n`,
  );
  return violations > 0 ? 1 : 0;
}

function report({ seed, violations }: RoundResult): void {
  for (const words of violations) process.stdout.write(`${words}\n`);
  if (violations.length > 0) process.stdout.write(`  again: npm run torture -- --rounds 1 --seed ${seed}\n`);
}

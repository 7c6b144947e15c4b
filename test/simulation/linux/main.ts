import { parseArgs } from 'node:util';
import { canChoosePid, hasNetworkNamespace, hasPython, isRoot } from '../../support/requirements.js';
import { bundleProduct } from '../bundle.js';
import { forgetKilled } from '../simulate.js';
import { productFrom } from '../thread.js';
import { type Outcomes, outcomesInModel } from './in-model.js';
import { outcomesOnLinux } from './on-linux.js';
import { type Scenario, scenariosOf } from './scenario.js';

/**
 * Runs scenarios in the model and on Linux, and prints those whose outcomes differ: exit code 0 if none does, 1 if one
 * does, 2 when it cannot run.
 */
const { values } = parseArgs({ options: { scenarios: { type: 'string' }, seed: { type: 'string' } } });
/** Scenarios that run concurrently: most of one is waiting. */
const AT_ONCE = 3;
process.exitCode = await main(Number(values.scenarios ?? 20), Number(values.seed ?? 1));

/** Scenarios that run concurrently: most of one is waiting. */

async function main(count: number, seed: number): Promise<0 | 1 | 2> {
  const missing = [hasPython, hasNetworkNamespace, canChoosePid, isRoot].find(({ met }) => !met);
  if (missing || !(count > 0) || !Number.isSafeInteger(seed)) {
    process.stderr.write(
      `simulation on Linux: ${missing?.missing ?? '--scenarios and --seed take whole numbers'}\n`,
    );
    return 2;
  }
  const product = productFrom(await bundleProduct());
  const wanted: (readonly [Scenario, Outcomes])[] = [];
  for (const scenario of scenariosOf(seed, 4 * count)) {
    const outcomes = outcomesInModel(scenario, product);
    if (outcomes && wanted.length < count) wanted.push([scenario, outcomes]);
  }
  await forgetKilled();
  const from = performance.now();
  let differences = 0;
  const work = async (): Promise<void> => {
    for (let next = wanted.shift(); next; next = wanted.shift()) {
      const [scenario, inModel] = next;
      const onLinux = await outcomesOnLinux(scenario);
      if (JSON.stringify(onLinux) === JSON.stringify(inModel)) continue;
      differences++;
      process.stdout.write(
        `${JSON.stringify(scenario)}\n  model: ${inModel.join(', ')}\n  Linux: ${onLinux.join(', ')}\n`,
      );
    }
  };
  const done = wanted.length;
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const seconds = Math.round((performance.now() - from) / 1000);
  process.stdout.write(
    `${done} scenarios from seed ${seed} on Linux in ${seconds} s: ${differences} differ\n`,
  );
  return differences > 0 ? 1 : 0;
}

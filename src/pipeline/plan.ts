import { planFor, RESET_CLASSES, type Wish, wishToReset } from '../action/plan.js';
import { readFence } from '../action/read-fence.js';
import type { FenceReading, Plan } from '../model/outcome.js';
import type { Examination } from './examine.js';

/** What would be done. Pure. */
export function plan({ candidates, facts }: Examination, wish: Wish): Plan {
  return planFor(wish, candidates, facts.observer);
}

/** How the processes that a reset would retire can be held; null where there is none. Changes nothing. */
export async function fenceFor(examination: Examination): Promise<FenceReading | null> {
  const { targets } = plan(examination, wishToReset(RESET_CLASSES));
  return targets.length === 0 ? null : readFence();
}

import { identify } from '../identity/identify.js';
import type { JudgedCandidate } from '../model/candidate.js';
import type { Facts } from '../model/evidence.js';
import type { Policy } from '../model/verdict.js';
import { evaluate } from '../verdict/evaluate.js';

export { identify } from '../identity/identify.js';

/** Identity and verdict of every listener, as one part: it is loaded where somebody listens. */
export async function judgeEach(facts: Facts, policy: Policy): Promise<readonly JudgedCandidate[]> {
  return Promise.all(
    identify(facts).map(async (candidate) => ({
      ...candidate,
      verdict: await evaluate(policy, candidate.facts),
    })),
  );
}

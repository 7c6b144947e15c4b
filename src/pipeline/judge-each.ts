import { identify } from '../identity/identify.js';
import type { JudgedCandidate } from '../model/candidate.js';
import type { Facts } from '../model/evidence.js';
import type { Policy, Verdict } from '../model/verdict.js';
import { evaluate } from '../verdict/evaluate.js';
import { nextTurn } from '../system/observe/next-turn.js';

export { identify } from '../identity/identify.js';

/**
 * Identity and verdict of every listener, as one part: it is loaded where somebody listens. The orphans of one incident
 * are much alike, and a verdict follows from the facts alone: each vector is evaluated once. A program that we run in
 * gets its turn before each.
 */
export async function judgeEach(facts: Facts, policy: Policy): Promise<readonly JudgedCandidate[]> {
  const verdicts = new Map<string, Verdict>();
  const judged: JudgedCandidate[] = [];
  for (const candidate of identify(facts)) {
    const vector = JSON.stringify(candidate.facts);
    let verdict = verdicts.get(vector);
    if (!verdict) {
      await nextTurn();
      verdict = await evaluate(policy, candidate.facts);
      verdicts.set(vector, verdict);
    }
    judged.push({ ...candidate, verdict });
  }
  return judged;
}

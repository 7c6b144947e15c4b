import type { DecidingVector } from '../model/policy-facts.js';
import type { Explanation } from '../model/report.js';
import type { CleanupClass, Policy } from '../model/verdict.js';
import { evaluate } from '../verdict/evaluate.js';
import { nearestChanges } from '../verdict/nearest-change.js';
import { SHOWN_FACTS } from './shown-facts.js';

/** What a policy makes of one state, as doctor explains a candidate. */
export interface StateExplanation {
  readonly schema_version: 1;
  readonly command: 'explain';
  readonly facts: DecidingVector;
  readonly cleanup_class: CleanupClass;
  readonly skip_reason: string | null;
  readonly explanation: Explanation;
}

/** @param whyNot only what leads to this class is shown; null shows what leads to each other one */
export async function explainState(
  policy: Policy,
  facts: DecidingVector,
  whyNot: CleanupClass | null,
): Promise<StateExplanation> {
  const { cleanupClass, reason, rule, trace } = await evaluate(policy, { ...facts, ...SHOWN_FACTS });
  const nearest = nearestChanges(policy, facts).filter(
    (change) => whyNot === null || change.cleanupClass === whyNot,
  );
  return {
    schema_version: 1,
    command: 'explain',
    facts,
    cleanup_class: cleanupClass,
    skip_reason: reason,
    explanation: { decided_by: rule, rules: trace, nearest },
  };
}

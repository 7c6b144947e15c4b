import type { PolicyResult } from './finding.js';

/** Best first. What was found is worse than what could not be shown; a job not done says least of all. */
const OUTCOMES = ['clean', 'inconclusive', 'found', 'failed'] as const;

export function worstOutcome(results: readonly Pick<PolicyResult, 'outcome'>[]): PolicyResult['outcome'] {
  const worst = Math.max(0, ...results.map(({ outcome }) => OUTCOMES.indexOf(outcome)));
  return OUTCOMES[worst] ?? 'failed';
}

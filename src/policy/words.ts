import type { DecidingVector } from '../model/policy-facts.js';
import type { CleanupClass, Rule } from '../model/verdict.js';

/** A class with its reason. */
export function verdictWords(cleanupClass: CleanupClass, reason: string | null): string {
  return reason === null ? cleanupClass : `${cleanupClass} (${reason})`;
}

/** Who decides; null is the default. */
export function ruleWords(rule: Pick<Rule, 'id'> | null): string {
  return rule === null ? 'the default' : `rule \`${rule.id}\``;
}

/** A state, as `policy explain --set` takes it. */
export function stateWords(state: DecidingVector): string {
  return Object.entries(state)
    .map(([fact, value]) => `${fact}=${value}`)
    .join(' ');
}

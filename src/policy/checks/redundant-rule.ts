import { possibleStates } from '../../model/possible-states.js';
import type { Policy } from '../../model/verdict.js';
import { decide } from '../../verdict/second-evaluator.js';
import type { PolicyFinding } from '../finding.js';

/** A rule without which every state would get the same class and reason, from the rules after it. */
export function redundantRules(policy: Policy): readonly PolicyFinding[] {
  return policy.rules.flatMap((rule) => {
    const without = { ...policy, rules: policy.rules.filter((other) => other !== rule) };
    const decided = possibleStates().filter((state) => decide(policy, state) === rule);
    // One that decides nothing is dead, which says more.
    if (decided.length === 0) return [];
    const matters = decided.some((state) => {
      const next = decide(without, state) ?? policy.fallback;
      return next.cleanupClass !== rule.cleanupClass || next.reason !== rule.reason;
    });
    if (matters) return [];
    return [
      {
        ...rule.place,
        check: 'redundant-rule',
        level: 'warning',
        message: `rule \`${rule.id}\` changes nothing: the rules after it give the same`,
        hint: 'leave it out, or give it a reason of its own',
        file: policy.source,
        about: null,
      } as const,
    ];
  });
}

import type { Policy } from '../../model/verdict.js';
import { decide } from '../../verdict/second-evaluator.js';
import type { Deciders } from '../deciders.js';
import type { PolicyFinding } from '../finding.js';

/** A rule without which every state would get the same class and reason, from the rules after it. */
export function redundantRules(policy: Policy, deciders: Deciders): readonly PolicyFinding[] {
  return policy.rules.flatMap((rule, index) => {
    const decided = [...deciders.keys()].filter((state) => deciders.get(state) === index);
    // One that decides nothing is dead, which says more.
    if (decided.length === 0) return [];
    const after = { ...policy, rules: policy.rules.slice(index + 1) };
    const matters = decided.some((state) => {
      const next = decide(after, state) ?? policy.fallback;
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

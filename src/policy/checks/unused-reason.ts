import type { Policy } from '../../model/verdict.js';
import type { Deciders } from '../deciders.js';
import type { PolicyFinding } from '../finding.js';

/** A reason that some rule gives, and that no state ever gets (pitfall 20: `missing_pid` behind an earlier row). */
export function unusedReasons(policy: Policy, deciders: Deciders): readonly PolicyFinding[] {
  const given = new Set([...deciders.values()].map((index) => policy.rules[index]?.reason));
  return policy.rules.flatMap((rule, index) => {
    const { reason } = rule;
    const isFirst = policy.rules.findIndex((other) => other.reason === reason) === index;
    if (reason === null || given.has(reason) || !isFirst) return [];
    return [
      {
        ...rule.place,
        check: 'unused-reason',
        level: 'error',
        message: `no state gets the reason \`${reason}\``,
        hint: 'mend the rules that give it; operators would never see such a listener',
        file: policy.source,
        about: null,
      } as const,
    ];
  });
}

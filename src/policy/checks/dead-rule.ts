import type { Policy } from '../../model/verdict.js';
import { holds } from '../../verdict/second-evaluator.js';
import type { Deciders } from '../deciders.js';
import type { PolicyFinding } from '../finding.js';

/** A rule that decides nothing: in every state in which it holds, one of the rules before it does. It names them. */
export function deadRules(policy: Policy, deciders: Deciders): readonly PolicyFinding[] {
  return policy.rules.flatMap((rule, index) => {
    const own = [...deciders.keys()].filter((state) => holds(rule, state));
    const deciding = new Set(own.map((state) => deciders.get(state)));
    if (deciding.has(index)) return [];
    const before = policy.rules.filter((_, other) => deciding.has(other));
    const lines = before.map(({ id, place }) => `\`${id}\` (line ${place.line})`).join(', ');
    const why = own.length === 0 ? 'no state can be as it wants' : `${lines} decide all that it holds for`;
    return [
      {
        ...rule.place,
        check: 'dead-rule',
        level: 'error',
        message: `rule \`${rule.id}\` never decides: ${why}`,
        hint: 'move it before them, or leave it out',
        file: policy.source,
        about: null,
      } as const,
    ];
  });
}

import { possibleStates } from '../../model/possible-states.js';
import type { Policy } from '../../model/verdict.js';
import { decide, holds } from '../../verdict/second-evaluator.js';
import type { PolicyFinding } from '../finding.js';

/** A rule that decides nothing: in every state in which it holds, one of the rules before it does. It names them. */
export function deadRules(policy: Policy): readonly PolicyFinding[] {
  return policy.rules.flatMap((rule, index) => {
    const own = possibleStates().filter((state) => holds(rule, state));
    const deciding = new Set(own.map((state) => decide(policy, state)));
    if (deciding.has(rule)) return [];
    const before = policy.rules.slice(0, index).filter((other) => deciding.has(other));
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

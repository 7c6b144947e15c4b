import { DECIDING_FACTS } from '../../model/policy-facts.js';
import { CLEANUP_CLASSES, type Policy, type Rule } from '../../model/verdict.js';

/** A policy with one mistake in it. */
export interface Mutant {
  /** The rule that is mistaken, and in which way. */
  readonly rule: Rule;
  readonly mistake: string;
  readonly policy: Policy;
}

/** Every mistake of one word or one line that a policy of this grammar can have. */
export function mutantsOf(policy: Policy): readonly Mutant[] {
  const { rules } = policy;
  return rules.flatMap((rule, index) => {
    const mutant = (mistake: string, mutated: readonly Rule[]): Mutant => ({
      rule,
      mistake,
      policy: { ...policy, rules: mutated },
    });
    const next = rules[index + 1];
    return [
      mutant('is left out', rules.toSpliced(index, 1)),
      ...(next ? [mutant(`stands after \`${next.id}\``, rules.toSpliced(index, 2, next, rule))] : []),
      ...[...conditions(rule), ...decisions(rule)].map(([mistake, change]) =>
        mutant(mistake, rules.with(index, { ...rule, ...change })),
      ),
    ];
  });
}

type Mistake = readonly [words: string, change: Partial<Rule>];

function conditions({ atoms }: Rule): readonly Mistake[] {
  return atoms.flatMap(({ fact, values }, index): readonly Mistake[] => {
    const having = (chosen: readonly string[]) => ({ atoms: atoms.with(index, { fact, values: chosen }) });
    const others = DECIDING_FACTS[fact].filter((value) => !values.includes(value));
    return [
      ...(atoms.length > 1
        ? [[`asks nothing of \`${fact}\``, { atoms: atoms.toSpliced(index, 1) }] as const]
        : []),
      ...(others.length > 0 ? [[`asks for the opposite of \`${fact}\``, having(others)] as const] : []),
      ...others.map((value) => [`also takes \`${fact}: ${value}\``, having([...values, value])] as const),
      ...(values.length > 1 ? values : []).map(
        (value) =>
          [`does not take \`${fact}: ${value}\``, having(values.filter((other) => other !== value))] as const,
      ),
    ];
  });
}

function decisions(rule: Rule): readonly Mistake[] {
  const classes = CLEANUP_CLASSES.filter((cleanupClass) => cleanupClass !== rule.cleanupClass);
  const reason = rule.reason ?? OTHER_REASON;
  return [
    ...classes.map((cleanupClass): Mistake => [
      `gives ${cleanupClass}`,
      { cleanupClass, reason: cleanupClass === 'safe_auto' ? null : reason },
    ]),
    ...(rule.reason === null ? [] : [['gives another reason', { reason: OTHER_REASON }] as const]),
  ];
}

/** No reason of a file can have a space. */
const OTHER_REASON = 'another reason';

import { DECIDING_FACTS } from '../../model/policy-facts.js';
import { CLEANUP_CLASSES, type Policy, type Rule } from '../../model/verdict.js';

/** A policy with one mistake in it. */
export interface Mutant {
  /** The rule that is mistaken, and in which way. */
  readonly rule: Rule;
  readonly mistake: string;
  /** From this index on, so many rules are replaced by these. */
  readonly index: number;
  readonly replaced: number;
  readonly instead: readonly Rule[];
}

/** Every mistake of one word or one line that a policy of this grammar can have. */
export function mutantsOf({ rules }: Policy): readonly Mutant[] {
  return rules.flatMap((rule, index): readonly Mutant[] => {
    const next = rules[index + 1];
    const one = { rule, index, replaced: 1 };
    return [
      { ...one, mistake: 'is left out', instead: [] },
      ...(next
        ? [{ ...one, mistake: `stands after \`${next.id}\``, replaced: 2, instead: [next, rule] }]
        : []),
      ...[...conditions(rule), ...decisions(rule)].map(([mistake, change]) => ({
        ...one,
        mistake,
        instead: [{ ...rule, ...change }],
      })),
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

import { DECIDING_FACTS, type DecidingFact, type DecidingVector } from '../../model/policy-facts.js';
import { CLEANUP_CLASSES, type Policy, type Rule } from '../../model/verdict.js';
import { holds } from '../evaluate.js';
import { decidersOf } from '../lint.js';
import { isAmong, withUnlisted } from '../vocabulary.js';

/** A policy with one mistake in it. */
export interface Mutant {
  /** The rule that has the mistake, and the mistake in words. */
  readonly rule: Rule;
  readonly mistake: string;
  /**
   * The position of the mistake: the mutant has the rules of `instead` in place of the `replaced` rules from here on.
   */
  readonly index: number;
  readonly replaced: number;
  readonly instead: readonly Rule[];
}

/**
 * Makes a mutant for every mistake of one word or one line that a policy of this grammar can have: a rule is removed or
 * stands after the next rule, a condition is removed or negated, a value is added or removed, or the class or the
 * reason is another.
 */
export function mutantsOf({ rules, unlisted }: Pick<Policy, 'rules' | 'unlisted'>): readonly Mutant[] {
  return rules.flatMap((rule, index): readonly Mutant[] => {
    const next = rules[index + 1];
    const one = { rule, index, replaced: 1 };
    return [
      { ...one, mistake: 'is removed', instead: [] },
      ...(next
        ? [{ ...one, mistake: `stands after \`${next.id}\``, replaced: 2, instead: [next, rule] }]
        : []),
      ...[...conditionMistakes(rule, unlisted), ...verdictMistakes(rule)].map(([mistake, change]) => ({
        ...one,
        mistake,
        instead: [{ ...rule, ...change }],
      })),
    ];
  });
}

type Mistake = readonly [words: string, change: Partial<Rule>];

/** @param unlisted values that the policy cannot name, so that no mistake can be about one of them alone */
function conditionMistakes({ atoms }: Rule, unlisted: Policy['unlisted']): readonly Mistake[] {
  return atoms.flatMap(({ fact, values: all }, index): readonly Mistake[] => {
    const isListed = (value: string): boolean => !isAmong(unlisted, fact, value);
    const values = all.filter(isListed);
    const others = DECIDING_FACTS[fact].filter((value) => isListed(value) && !values.includes(value));
    const having = (chosen: readonly string[]) => ({
      atoms: atoms.with(index, { fact, values: withUnlisted(fact, chosen, unlisted) }),
    });
    return [
      ...(atoms.length > 1
        ? [[`does not check \`${fact}\``, { atoms: atoms.toSpliced(index, 1) }] as const]
        : []),
      ...(others.length > 0 ? [[`checks for the opposite of \`${fact}\``, having(others)] as const] : []),
      ...others.map((value) => [`also accepts \`${fact}: ${value}\``, having([...values, value])] as const),
      ...(values.length > 1 ? values : []).map(
        (value) =>
          [
            `does not accept \`${fact}: ${value}\``,
            having(values.filter((other) => other !== value)),
          ] as const,
      ),
    ];
  });
}

function verdictMistakes(rule: Rule): readonly Mistake[] {
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

/** A reason that differs from every reason of a policy file, because those contain no space. */
const OTHER_REASON = 'another reason';

/** How many mutants the tested states detect. Exact, because every possible state is evaluated. */
export interface MutationScore {
  readonly killed: number;
  /** Mutants that give the same verdict as the policy in every state, so that no case can detect them. */
  readonly equivalent: number;
  readonly survivors: readonly Survivor[];
}

export interface Survivor {
  readonly mutant: Mutant;
  /** A case with any of these states would kill the mutant. */
  readonly states: readonly DecidingVector[];
}

/** Counts the mutants that the tested states detect, and collects those that survive. */
export function scoreMutants(
  policy: Policy,
  mutants: readonly Mutant[],
  tested: ReadonlySet<DecidingVector>,
): MutationScore {
  const deciders = [...decidersOf(policy)];
  const survivors: Survivor[] = [];
  let [killed, equivalent] = [0, 0];
  for (const mutant of mutants) {
    const differing = deciders
      .filter((decided) => isNoticed(mutant, decided, policy))
      .map(([state]) => state);
    if (differing.some((state) => tested.has(state))) killed += 1;
    else if (differing.length === 0) equivalent += 1;
    else survivors.push({ mutant, states: differing });
  }
  return { killed, equivalent, survivors };
}

/**
 * Whether a mutant gives another verdict than the policy on this state. Evaluates only the rules of `instead` and those
 * after the replaced rules, because the earlier rules are unchanged.
 */
function isNoticed(
  { index, replaced, instead }: Mutant,
  [state, decider]: readonly [DecidingVector, number],
  { rules, fallback }: Policy,
): boolean {
  if (decider < index) return false;
  const next = index + replaced;
  const isLost = decider < next;
  const mutated =
    instead.find((rule) => holds(rule, state)) ??
    (isLost ? rules.find((rule, other) => other >= next && holds(rule, state)) : rules[decider]);
  const [was, is] = [rules[decider] ?? fallback, mutated ?? fallback];
  return is.cleanupClass !== was.cleanupClass || is.reason !== was.reason;
}

/**
 * Something that cases must show about a rule: that the rule decides, or that the rule does not decide because a single
 * condition fails.
 */
export interface CoverageTarget {
  readonly rule: Rule;
  /** The fact of the only condition that fails; null if all hold and the rule decides. */
  readonly fact: DecidingFact | null;
  /** The states that show this; never empty, because what no possible state shows is not a target. */
  readonly states: readonly DecidingVector[];
}

export interface Coverage {
  readonly rules: Counted;
  /** Each condition counts twice: once if its rule decides a case, once if a case fails this condition alone. */
  readonly conditions: Counted;
  readonly missed: readonly CoverageTarget[];
}

export interface Counted {
  readonly shown: number;
  readonly of: number;
}

/** Determines which rules decide a tested state, and for which conditions a tested state shows the effect. */
export function coverageOf(policy: Policy, tested: ReadonlySet<DecidingVector>): Coverage {
  const targets = targetsOf(policy);
  const isShown = ({ states }: CoverageTarget): boolean => states.some((state) => tested.has(state));
  const count = (counted: readonly CoverageTarget[], weight: (target: CoverageTarget) => number): Counted => {
    const sum = (of: readonly CoverageTarget[]): number =>
      of.reduce((total, target) => total + weight(target), 0);
    return { shown: sum(counted.filter(isShown)), of: sum(counted) };
  };
  return {
    rules: count(
      targets.filter(({ fact }) => fact === null),
      () => 1,
    ),
    conditions: count(targets, ({ rule, fact }) => (fact === null ? rule.atoms.length : 1)),
    missed: targets.filter((target) => !isShown(target)),
  };
}

function targetsOf(policy: Policy): readonly CoverageTarget[] {
  const deciders = [...decidersOf(policy)];
  return policy.rules
    .flatMap((rule, index): readonly CoverageTarget[] => {
      const reached = deciders.flatMap(([state, decider]) => (decider < index ? [] : [state]));
      const failing = rule.atoms.map((atom): CoverageTarget => {
        const others = { atoms: rule.atoms.filter((other) => other !== atom) };
        const isKept = (state: DecidingVector): boolean =>
          holds(others, state) && !holds({ atoms: [atom] }, state);
        return { rule, fact: atom.fact, states: reached.filter(isKept) };
      });
      return [{ rule, fact: null, states: reached.filter((state) => holds(rule, state)) }, ...failing];
    })
    .filter((target) => target.states.length > 0);
}

import type { DecidingFact, DecidingVector } from '../../model/policy-facts.js';
import type { Policy, Rule } from '../../model/verdict.js';
import { holds } from '../../verdict/second-evaluator.js';
import { decidersOf } from '../deciders.js';

/** What cases are to show of a rule: that it decides, or that one condition alone keeps it from deciding. */
export interface Target {
  readonly rule: Rule;
  /** The condition that alone does not hold; null where all do, and the rule decides. */
  readonly fact: DecidingFact | null;
  /** The states that show it. What no state shows is no target. */
  readonly states: readonly DecidingVector[];
}

export interface Coverage {
  readonly rules: Counted;
  /** Each condition counts twice: where its rule decides, and where it alone keeps the rule from it. */
  readonly conditions: Counted;
  readonly missed: readonly Target[];
}

export interface Counted {
  readonly shown: number;
  readonly of: number;
}

/** Which rules decide a tested state, and which of their conditions decide both ways. */
export function coverageOf(policy: Policy, tested: ReadonlySet<DecidingVector>): Coverage {
  const targets = targetsOf(policy);
  const isShown = ({ states }: Target): boolean => states.some((state) => tested.has(state));
  const count = (counted: readonly Target[], weight: (target: Target) => number): Counted => {
    const sum = (of: readonly Target[]): number => of.reduce((total, target) => total + weight(target), 0);
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

function targetsOf(policy: Policy): readonly Target[] {
  const deciders = [...decidersOf(policy)];
  return policy.rules
    .flatMap((rule, index): readonly Target[] => {
      const reached = deciders.flatMap(([state, decider]) => (decider < index ? [] : [state]));
      const failing = rule.atoms.map((atom): Target => {
        const others = { atoms: rule.atoms.filter((other) => other !== atom) };
        const isKept = (state: DecidingVector): boolean =>
          holds(others, state) && !holds({ atoms: [atom] }, state);
        return { rule, fact: atom.fact, states: reached.filter(isKept) };
      });
      return [{ rule, fact: null, states: reached.filter((state) => holds(rule, state)) }, ...failing];
    })
    .filter((target) => target.states.length > 0);
}

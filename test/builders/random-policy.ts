import { DECIDING_FACT_NAMES, DECIDING_FACTS } from '../../src/model/policy-facts.js';
import { CLEANUP_CLASSES, type Atom, type Policy, type Rule } from '../../src/model/verdict.js';

type Random = () => number;

/** A policy of one to twelve random rules, anything that the grammar allows. */
export function randomPolicy(random: Random): Policy {
  const rules = Array.from({ length: 1 + below(random, 12) }, (_, index) => randomRule(random, index));
  return {
    source: 'random',
    sha256: '',
    rules,
    unlisted: [],
    fallback: { cleanupClass: 'never_touch', reason: 'none' },
    certificate: null,
  };
}

/** The same policy after one to three edits, like those of a pull request. */
export function edited(policy: Policy, random: Random): Policy {
  let rules = [...policy.rules];
  for (let edits = 1 + below(random, 3); edits > 0; edits -= 1) {
    const at = below(random, rules.length);
    const other = below(random, rules.length);
    const edit = below(random, 4);
    if (edit === 0) rules[at] = randomRule(random, at);
    else if (edit === 1) rules = rules.filter((_, index) => index !== at || rules.length === 1);
    else if (edit === 2) [rules[at], rules[other]] = [rules[other], rules[at]] as [Rule, Rule];
    else rules.splice(at, 0, randomRule(random, rules.length));
  }
  return { ...policy, rules };
}

function randomRule(random: Random, index: number): Rule {
  const cleanupClass = pick(random, CLEANUP_CLASSES);
  const facts = DECIDING_FACT_NAMES.filter(() => random() < 0.3);
  return {
    id: `r${below(random, 1e9)}`,
    atoms: facts.map((fact): Atom => {
      const values: readonly string[] = DECIDING_FACTS[fact];
      const chosen = values.filter(() => random() < 0.5);
      return { fact, values: chosen.length > 0 ? chosen : [pick(random, values)] };
    }),
    cleanupClass,
    reason: cleanupClass === 'safe_auto' ? null : pick(random, ['a', 'b']),
    why: 'chance',
    place: { line: index + 1, column: 1 },
  };
}

function below(random: Random, end: number): number {
  return Math.floor(random() * end);
}

function pick<T>(random: Random, from: readonly T[]): T {
  return from[below(random, from.length)] as T;
}

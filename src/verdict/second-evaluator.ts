import type { DecidingVector } from '../model/policy-facts.js';
import type { Policy, Rule, RuleTrace } from '../model/verdict.js';

/** The whole semantics of a policy in a few lines: what the engine must agree with, and what analysis runs on. */
export function decide(policy: Policy, vector: DecidingVector): Rule | null {
  return policy.rules.find((rule) => holds(rule, vector)) ?? null;
}

/** Conditions hold when each of their facts has one of the listed values. */
export function holds({ atoms }: Pick<Rule, 'atoms'>, vector: DecidingVector): boolean {
  return atoms.every(({ fact, values }) => values.includes(vector[fact]));
}

/** The first condition of a rule, in source order, that does not hold; null when all do. */
export function firstFailure(rule: Rule | undefined, vector: DecidingVector): RuleTrace['failed'] {
  const atom = rule?.atoms.find(({ fact, values }) => !values.includes(vector[fact]));
  return atom ? { fact: atom.fact, wanted: atom.values, was: vector[atom.fact] } : null;
}

import { FACT_NAMES, type FactVector, VOCABULARY } from '../model/policy-facts.js';
import type { Policy, RuleTrace, Verdict } from '../model/verdict.js';
import { runEngine } from './engine.js';
import { firstFailure, holds } from './second-evaluator.js';

/**
 * Gives one candidate exactly one verdict (FR-002). The rule engine decides; a second evaluator must agree with it on
 * every rule. Whatever goes wrong gives the strictest verdict, with the trouble as its reason: never an exception, and
 * never a looser class.
 */
export async function evaluate(policy: Policy, vector: FactVector): Promise<Verdict> {
  if (!isValid(vector)) return refuse('invalid_facts');

  const run = await runEngine(policy, vector);
  if (!run.ok) return refuse(run.reason);
  // The order in which the engine reports is the order in which promises end: only the source order counts.
  const deciding = policy.rules.find((rule) => run.held.has(rule.id));
  const agrees = policy.rules.every((rule) => holds(rule, vector) === run.held.has(rule.id));
  if (!agrees) return refuse('evaluators_disagree');

  const trace = policy.rules.map((rule): RuleTrace => ({
    rule: rule.id,
    line: rule.place.line,
    cleanupClass: rule.cleanupClass,
    reason: rule.reason,
    held: run.held.has(rule.id),
    failed: run.failed.get(rule.id) ?? null,
  }));
  if (!trace.every(({ failed }, index) => sameFailure(failed, firstFailure(policy.rules[index], vector)))) {
    return refuse('evaluators_disagree');
  }
  if (!deciding) return { ...policy.fallback, rule: null, trace };
  return { cleanupClass: deciding.cleanupClass, reason: deciding.reason, rule: deciding.id, trace };
}

/** Exactly the declared facts, each of its own with a declared value: the types promise it, and a verdict ends lives. */
function isValid(vector: Readonly<Record<string, unknown>>): boolean {
  const hasOnlyFacts = Object.keys(vector).every((name) => Object.hasOwn(VOCABULARY, name));
  return hasOnlyFacts && FACT_NAMES.every((fact) => isDeclared(VOCABULARY[fact], vector, fact));
}

function isDeclared(
  values: readonly string[],
  vector: Readonly<Record<string, unknown>>,
  fact: string,
): boolean {
  const value = Object.hasOwn(vector, fact) ? vector[fact] : undefined;
  return typeof value === 'string' && values.includes(value);
}

function sameFailure(one: RuleTrace['failed'], other: RuleTrace['failed']): boolean {
  return one?.fact === other?.fact && one?.was === other?.was;
}

function refuse(reason: string): Verdict {
  return { cleanupClass: 'never_touch', reason, rule: null, trace: [] };
}

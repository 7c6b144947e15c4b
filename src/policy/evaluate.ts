import type { RuleProperties, RuleResult } from 'json-rules-engine';
import { Engine } from 'json-rules-engine';
import manifest from 'json-rules-engine/package.json' with { type: 'json' };
import {
  DECIDING_FACT_NAMES,
  type DecidingVector,
  FACT_NAMES,
  type PolicyFacts,
  VOCABULARY,
} from '../model/policy-facts.js';
import type { Policy, Rule, RuleTrace, Verdict } from '../model/verdict.js';

/**
 * Gives one candidate exactly one verdict (FR-002). The rule engine evaluates every rule, and a second evaluator must
 * agree on each. Any failure gives `never_touch` with the failure as reason, never an exception or a looser class. A
 * verdict alone is not enough to end a process: src/enforce.ts has the other conditions.
 */
export async function evaluate(policy: Policy, vector: PolicyFacts): Promise<Verdict> {
  if (!isValid(vector)) return refuse('invalid_facts');

  const run = await runEngine(policy, vector);
  if (!run.ok) return refuse(run.reason);
  // The engine reports rules in the order in which its promises settle (pitfall 40), so search in source order.
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

/**
 * Whether the vector has exactly the declared facts as own properties, each with a declared value. Checked in spite of
 * the types, because an undeclared value could match a rule by accident and end a process.
 */
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

/** The result of one run of json-rules-engine over a policy. */
type EngineRun =
  | {
      readonly ok: true;
      /** Ids of the rules that held. */
      readonly held: ReadonlySet<string>;
      /** For each rule that did not hold: its first condition, in source order, that the engine found false. */
      readonly failed: ReadonlyMap<string, RuleTrace['failed']>;
    }
  | { readonly ok: false; readonly reason: 'engine_version' | 'evaluation_failed' };

/** The version that ADR 2 examined. Another version may behave differently, so evaluation with it is refused. */
const EXAMINED_VERSION = '7.3.1';
export const EXAMINED_ENGINE = `json-rules-engine ${EXAMINED_VERSION}`;

/**
 * Runs json-rules-engine once. Avoids the uses that make the engine give wrong verdicts without an error (pitfalls 38
 * to 40): overlapping runs of one engine, `stop()` and priorities, `any`, empty condition lists, `in` without an array,
 * and missing facts.
 */
async function runEngine(policy: Policy, vector: DecidingVector): Promise<EngineRun> {
  try {
    if (manifest.version !== EXAMINED_VERSION) return { ok: false, reason: 'engine_version' };
    const engine = new Engine(policy.rules.map(toEngineRule));
    const facts = Object.fromEntries(DECIDING_FACT_NAMES.map((fact) => [fact, vector[fact]]));
    const { results, failureResults } = await engine.run(facts);
    if (results.length + failureResults.length !== policy.rules.length) return FAILED;

    // If several rules have the same id, keep the first, as the search for the deciding rule in `evaluate` does.
    const rules = new Map(policy.rules.toReversed().map((rule) => [rule.id, rule]));
    const failed = new Map<string, RuleTrace['failed']>();
    for (const { name, conditions } of failureResults) {
      const rule = rules.get(name);
      const failure = rule && firstFailureOfEngine(rule, conditions);
      if (!failure) return FAILED;
      failed.set(name, failure);
    }
    return { ok: true, held: new Set(results.map(({ name }) => name)), failed };
  } catch {
    return FAILED;
  }
}

const FAILED = { ok: false, reason: 'evaluation_failed' } as const;

function toEngineRule({ id, atoms }: Rule): RuleProperties {
  if (atoms.length === 0) throw new Error('an empty rule would hold for everything');
  return {
    name: id,
    conditions: { all: atoms.map(({ fact, values }) => ({ fact, operator: 'in', value: [...values] })) },
    // Not the rule's id: for a rule named `error`, the emitter would throw, because no listener handles that event.
    event: { type: 'held' },
  };
}

/**
 * Returns the first false condition in the engine's own results, so that the trace shows the run that decided. Returns
 * null if these results do not fit the rule. All conditions have the same priority, so the engine evaluates each of
 * them.
 */
function firstFailureOfEngine(rule: Rule, conditions: RuleResult['conditions']): RuleTrace['failed'] {
  const results = 'all' in conditions ? conditions.all : [];
  const index = results.findIndex((condition) => 'result' in condition && condition.result === false);
  const atom = rule.atoms[index];
  const condition = results[index];
  if (!atom || !condition || !('factResult' in condition) || condition.fact !== atom.fact) return null;
  return { fact: atom.fact, wanted: atom.values, was: String(condition.factResult) };
}

/**
 * Returns the first rule that holds, or null if the default decides. This is the second evaluator: the rule engine must
 * agree with it, and proof, diff and tests use it for their analysis.
 */
export function decidingRule(policy: Policy, vector: DecidingVector): Rule | null {
  return policy.rules.find((rule) => holds(rule, vector)) ?? null;
}

/** Whether every condition holds, which means that its fact has one of the values listed. */
export function holds({ atoms }: Pick<Rule, 'atoms'>, vector: DecidingVector): boolean {
  return atoms.every(({ fact, values }) => values.includes(vector[fact]));
}

/** Returns the first condition of a rule, in source order, that does not hold, or null if all hold. */
export function firstFailure(rule: Rule | undefined, vector: DecidingVector): RuleTrace['failed'] {
  const atom = rule?.atoms.find(({ fact, values }) => !values.includes(vector[fact]));
  return atom ? { fact: atom.fact, wanted: atom.values, was: vector[atom.fact] } : null;
}

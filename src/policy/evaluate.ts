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
 * Gives one candidate exactly one verdict (FR-002). The rule engine decides; a second evaluator must agree with it on
 * every rule. Whatever goes wrong gives the strictest verdict, with the trouble as its reason: never an exception, and
 * never a looser class.
 */
export async function evaluate(policy: Policy, vector: PolicyFacts): Promise<Verdict> {
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

/** What one run of json-rules-engine over a policy said. */
type EngineRun =
  | {
      readonly ok: true;
      /** Ids of the rules that held. */
      readonly held: ReadonlySet<string>;
      /** For each rule that did not: its first condition, in source order, that the engine found false. */
      readonly failed: ReadonlyMap<string, RuleTrace['failed']>;
    }
  | { readonly ok: false; readonly reason: 'engine_version' | 'evaluation_failed' };

/** Its behaviour was examined at this version, and is not promised for another. */
const EXAMINED_VERSION = '7.3.1';
export const EXAMINED_ENGINE = `json-rules-engine ${EXAMINED_VERSION}`;

/**
 * Runs json-rules-engine once. Everything that makes it give wrong, looser verdicts in silence is avoided: overlapping
 * runs (an engine of its own for each run), `stop()` and priorities (all rules run), `any`, empty condition lists, `in`
 * with anything but an array, and missing facts (pitfalls 38 to 40).
 */
async function runEngine(policy: Policy, vector: DecidingVector): Promise<EngineRun> {
  try {
    if (manifest.version !== EXAMINED_VERSION) return { ok: false, reason: 'engine_version' };
    const engine = new Engine(policy.rules.map(toEngineRule));
    const facts = Object.fromEntries(DECIDING_FACT_NAMES.map((fact) => [fact, vector[fact]]));
    const { results, failureResults } = await engine.run(facts);
    if (results.length + failureResults.length !== policy.rules.length) return FAILED;

    const failed = new Map<string, RuleTrace['failed']>();
    for (const { name, conditions } of failureResults) {
      const rule = policy.rules.find(({ id }) => id === name);
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
    // Not the id: an event of the name `error` that nobody listens to makes the emitter throw.
    event: { type: 'held' },
  };
}

/**
 * Read from the engine's own results, so that the trace is of the run that decided. One priority for all conditions
 * means that none is left out: each has a result.
 */
function firstFailureOfEngine(rule: Rule, conditions: RuleResult['conditions']): RuleTrace['failed'] {
  const results = 'all' in conditions ? conditions.all : [];
  const index = results.findIndex((condition) => 'result' in condition && condition.result === false);
  const atom = rule.atoms[index];
  const condition = results[index];
  if (!atom || !condition || !('factResult' in condition) || condition.fact !== atom.fact) return null;
  return { fact: atom.fact, wanted: atom.values, was: String(condition.factResult) };
}

/** The whole semantics of a policy in a few lines: what the engine must agree with, and what analysis runs on. */
export function decidingRule(policy: Policy, vector: DecidingVector): Rule | null {
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

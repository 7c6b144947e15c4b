import type { Engine, RuleProperties, RuleResult } from 'json-rules-engine';
import { DECIDING_FACT_NAMES, type DecidingVector } from '../model/policy-facts.js';
import type { Policy, Rule, RuleTrace } from '../model/verdict.js';
import { nextTurn } from '../system/observe/next-turn.js';

/** What one run of json-rules-engine over a policy said. */
export type EngineRun =
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
export async function runEngine(policy: Policy, vector: DecidingVector): Promise<EngineRun> {
  try {
    const Examined = await loadEngine();
    if (!Examined) return { ok: false, reason: 'engine_version' };
    const engine = new Examined(policy.rules.map(compile));
    const facts = Object.fromEntries(DECIDING_FACT_NAMES.map((fact) => [fact, vector[fact]]));
    await nextTurn();
    const { results, failureResults } = await engine.run(facts);
    if (results.length + failureResults.length !== policy.rules.length) return FAILED;

    const failed = new Map<string, RuleTrace['failed']>();
    for (const { name, conditions } of failureResults) {
      const rule = policy.rules.find(({ id }) => id === name);
      const failure = rule && firstFalse(rule, conditions);
      if (!failure) return FAILED;
      failed.set(name, failure);
    }
    return { ok: true, held: new Set(results.map(({ name }) => name)), failed };
  } catch {
    return FAILED;
  }
}

const FAILED = { ok: false, reason: 'evaluation_failed' } as const;

/**
 * Loaded only when there is a candidate to judge; null when it is not the version that was examined. A program that we
 * run in gets its turn between the steps.
 */
async function loadEngine(): Promise<typeof Engine | null> {
  const { VERSION, openEngine } = await import('./rule-engine.js');
  if (VERSION !== EXAMINED_VERSION) return null;
  await nextTurn();
  const engine = await openEngine();
  await nextTurn();
  return engine;
}

function compile({ id, atoms }: Rule): RuleProperties {
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
function firstFalse(rule: Rule, conditions: RuleResult['conditions']): RuleTrace['failed'] {
  const results = 'all' in conditions ? conditions.all : [];
  const index = results.findIndex((condition) => 'result' in condition && condition.result === false);
  const atom = rule.atoms[index];
  const condition = results[index];
  if (!atom || !condition || !('factResult' in condition) || condition.fact !== atom.fact) return null;
  return { fact: atom.fact, wanted: atom.values, was: String(condition.factResult) };
}

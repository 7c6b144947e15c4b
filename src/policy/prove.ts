import {
  DECIDING_FACT_NAMES,
  DECIDING_FACTS,
  type DecidingVector,
  type PolicyFacts,
  VOCABULARY,
} from '../model/policy-facts.js';
import type { Policy } from '../model/verdict.js';
import { decidingRule, evaluate } from './evaluate.js';
import {
  aboutEach,
  groupBy,
  overBudget,
  type PolicyFinding,
  type PolicyResult,
  describeRule,
  TOP,
  describeVerdict,
} from './finding.js';
import { MANDATORY_INVARIANTS, type Violation, violationsOf } from './invariants.js';
import type { CompiledPolicy } from './policy.js';
import { DEFAULT_DISPLAY_FACTS, possibleStates, whyImpossible } from './vocabulary.js';
import { counted } from '../text/layout.js';

/**
 * Checks whether a policy keeps every invariant, the mandatory ones and its own, in every possible state, and whether
 * the rule engine gives the verdicts for which this was proved.
 */
export async function provePolicy(
  { policy, invariants }: CompiledPolicy,
  engineCheck: EngineCheck = 'sample',
): Promise<PolicyResult> {
  const { source: file, sha256 } = policy;
  const states = possibleStates().length;
  const result = { command: 'prove', file, sha256 } as const;
  const tooMuch = overBudget(policy.rules.length, 'rules');
  if (tooMuch !== null) {
    return {
      ...result,
      outcome: 'inconclusive',
      summary: `${tooMuch}: nothing was proved`,
      headline: 'too many rules',
      findings: [],
    };
  }
  const violations = violationsOf(policy, invariants);
  const disagreed = await disagreements(policy, engineCheck);
  const findings = [...violations.flatMap((violation) => findingsFor(violation, file)), ...disagreed];
  const all = MANDATORY_INVARIANTS.length + invariants.length;
  const engine = engineCheck === 'all' ? 'in each of them' : 'in a sample of them';
  return {
    ...result,
    outcome: findings.length > 0 ? 'found' : 'clean',
    summary:
      findings.length > 0
        ? `${counted(findings.length, 'finding')} in ${states} states`
        : `${all} invariants hold in all ${states} states; the rule engine agrees ${engine}`,
    headline: headlineOf(violations, disagreed.length),
    findings,
  };
}

function headlineOf(violations: readonly Violation[], disagreed: number): string | null {
  const broken = new Set(violations.flatMap(({ states }) => states)).size;
  if (broken > 0) return `invariants broken in ${counted(broken, 'state')}`;
  if (violations.length > 0) return 'invariants broken';
  return disagreed > 0 ? `the rule engine disagrees in ${counted(disagreed, 'state')}` : null;
}

/**
 * Makes one finding for each region of the states that break the invariant, or a single finding if the violation has no
 * states.
 */
function findingsFor({ states, ...violation }: Violation, file: string): readonly PolicyFinding[] {
  const finding = { ...violation, level: 'error', file } as const;
  if (states.length === 0) return [{ ...finding, about: null }];
  return aboutEach(states).map((about) => ({ ...finding, about }));
}

/** The states in which the rule engine is run: a fixed sample of 500, or all. */
export type EngineCheck = 'sample' | 'all';

const SAMPLE = 500;
const SEED = 2026;

/**
 * Makes a finding for each state in which the rule engine and the second evaluator differ on any rule or on the
 * verdict. Display facts get different values from state to state, so that a verdict that depends on a display fact is
 * found.
 */
async function disagreements(policy: Policy, check: EngineCheck): Promise<readonly PolicyFinding[]> {
  const states = possibleStates();
  const wanted = check === 'all' ? states : sampleOf(states);
  const findings: PolicyFinding[] = [];
  for (const [index, state] of wanted.entries()) {
    const expected = decidingRule(policy, state);
    const { cleanupClass, reason } = expected ?? policy.fallback;
    const verdict = await evaluate(policy, withDisplayFacts(state, index));
    if (verdict.cleanupClass === cleanupClass && verdict.reason === reason) continue;
    const [about = null] = aboutEach([state]);
    findings.push({
      ...(expected?.place ?? TOP),
      check: 'engine',
      level: 'error',
      message: `the rule engine gives ${describeVerdict(verdict.cleanupClass, verdict.reason)}, the second evaluator ${describeVerdict(cleanupClass, reason)}`,
      hint: 'please report this as a bug; nothing is acted on where the two differ',
      file: policy.source,
      about,
    });
  }
  return findings;
}

/** Draws a sample of states. The sample is the same in every run, so that a proof can be repeated. */
function sampleOf(states: readonly DecidingVector[]): readonly DecidingVector[] {
  let draw = SEED;
  const next = (): number => {
    // A linear congruential generator with the constants of Numerical Recipes: enough to spread over the states.
    draw = (Math.imul(draw, 1_664_525) + 1_013_904_223) >>> 0;
    return draw / 2 ** 32;
  };
  return Array.from({ length: SAMPLE }, () => states[Math.floor(next() * states.length)]).filter(
    (state) => state !== undefined,
  );
}

function withDisplayFacts(state: DecidingVector, index: number): PolicyFacts {
  const shown = Object.keys(DEFAULT_DISPLAY_FACTS).map((fact, place) => {
    const values: readonly string[] = VOCABULARY[fact as keyof typeof DEFAULT_DISPLAY_FACTS];
    return [fact, values[(index + place) % values.length]];
  });
  return { ...state, ...(Object.fromEntries(shown) as typeof DEFAULT_DISPLAY_FACTS) };
}

/**
 * Finds the states that are one fact away from `safe_auto`, grouped by that fact and by the rule that decides them now.
 * If a collector read such a fact wrongly, a daemon could be retired without a request by the user.
 */
export function frontierOf(policy: Policy): readonly PolicyFinding[] {
  const isSafe = (state: DecidingVector): boolean =>
    decidingRule(policy, state)?.cleanupClass === 'safe_auto';
  const safe = possibleStates().filter(isSafe);
  return DECIDING_FACT_NAMES.flatMap((fact) => {
    const before = safe
      .flatMap((state) => DECIDING_FACTS[fact].map((value) => ({ ...state, [fact]: value })))
      .filter((neighbour) => whyImpossible(neighbour) === null && !isSafe(neighbour))
      .map((state) => ({ state, rule: decidingRule(policy, state) }));
    return groupBy(before, ({ rule }) => rule?.id ?? '').flatMap((group) => {
      const [{ rule }] = group;
      return aboutEach(group.map(({ state }) => state)).map((about): PolicyFinding => ({
        ...(rule?.place ?? TOP),
        check: 'frontier',
        level: 'note',
        message: `another value of \`${fact}\` would give safe_auto; ${describeRule(rule)} decides now`,
        hint: null,
        file: policy.source,
        about,
      }));
    });
  });
}

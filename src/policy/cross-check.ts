import { type DecidingVector, type FactVector, VOCABULARY } from '../model/policy-facts.js';
import { possibleStates } from '../model/possible-states.js';
import type { Policy } from '../model/verdict.js';
import { evaluate } from '../verdict/evaluate.js';
import { decide } from '../verdict/second-evaluator.js';
import { aboutEach } from './about.js';
import type { PolicyFinding } from './finding.js';
import { TOP } from './problem.js';
import { SHOWN_FACTS } from './shown-facts.js';
import { verdictWords } from './words.js';

/** How many states the rule engine is asked about: 500 of them, the same ones each time, or every one. */
export type EngineCheck = 'sample' | 'all';

const SAMPLE = 500;
const SEED = 2026;

/**
 * Where the rule engine does not give what analysis says, rule by rule and in the end. The facts that are only shown get
 * a different value in each state, so that a verdict which depended on one would show.
 */
export async function disagreements(policy: Policy, check: EngineCheck): Promise<readonly PolicyFinding[]> {
  const states = possibleStates();
  const wanted = check === 'all' ? states : sampleOf(states);
  const findings: PolicyFinding[] = [];
  for (const [index, state] of wanted.entries()) {
    const expected = decide(policy, state);
    const { cleanupClass, reason } = expected ?? policy.fallback;
    const verdict = await evaluate(policy, withShownFacts(state, index));
    if (verdict.cleanupClass === cleanupClass && verdict.reason === reason) continue;
    const [about = null] = aboutEach([state]);
    findings.push({
      ...(expected?.place ?? TOP),
      check: 'engine',
      level: 'error',
      message: `the rule engine gives ${verdictWords(verdict.cleanupClass, verdict.reason)}, and analysis ${verdictWords(cleanupClass, reason)}`,
      hint: 'please report this as a bug; nothing is acted on where the two differ',
      file: policy.source,
      about,
    });
  }
  return findings;
}

/** The same states in every run: a proof that changes is none. */
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

function withShownFacts(state: DecidingVector, index: number): FactVector {
  const shown = Object.keys(SHOWN_FACTS).map((fact, place) => {
    const values: readonly string[] = VOCABULARY[fact as keyof typeof SHOWN_FACTS];
    return [fact, values[(index + place) % values.length]];
  });
  return { ...state, ...(Object.fromEntries(shown) as typeof SHOWN_FACTS) };
}

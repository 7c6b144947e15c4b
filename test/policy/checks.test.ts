import { expect, test } from '@jest/globals';
import { possibleStates } from '../../src/policy/vocabulary.js';
import type { Policy } from '../../src/model/verdict.js';
import { deadRules, redundantRules, unusedReasons, decidersOf } from '../../src/policy/lint.js';
import { verdictOf } from '../builders/brute-force.js';
import { seededRandom } from '../builders/policy.js';
import { randomPolicy } from '../builders/random-policy.js';

test('for 100 random policies each check finds exactly the rules that brute force finds', () => {
  const random = seededRandom(11);
  let found = 0;
  for (let round = 0; round < 100; round += 1) {
    const policy = randomPolicy(random);
    const deciders = decidersOf(policy);
    const dead = deadRules(policy, deciders).map(({ line }) => line);
    const redundant = redundantRules(policy, deciders).map(({ line }) => line);
    const unused = unusedReasons(policy, deciders).map(({ message }) => message);
    expect([...dead, ...redundant].sort()).toEqual(linesWithoutEffect(policy));
    expect(dead).toEqual(linesNeverReached(policy));
    expect(unused).toEqual(
      reasonsOfNoState(policy).map((reason) => `no state gets the reason \`${reason}\``),
    );
    found += dead.length + redundant.length + unused.length;
  }
  expect(found).toBeGreaterThan(100);
});

/** Rules that can be removed, one at a time, without changing a verdict. */
function linesWithoutEffect(policy: Policy): readonly number[] {
  const verdicts = verdictsOf(policy);
  return policy.rules
    .filter((rule) => {
      const without = { ...policy, rules: policy.rules.filter((other) => other !== rule) };
      return String(verdictsOf(without)) === String(verdicts);
    })
    .map(({ place }) => place.line)
    .sort();
}

/** Rules whose reason can be made unique without any state getting it. */
function linesNeverReached(policy: Policy): readonly number[] {
  return policy.rules
    .filter((rule, index) => {
      const marked = { ...policy, rules: policy.rules.with(index, { ...rule, reason: 'marked' }) };
      return verdictsOf(marked).every(([, reason]) => reason !== 'marked');
    })
    .map(({ place }) => place.line);
}

function reasonsOfNoState(policy: Policy): readonly string[] {
  const given = new Set(verdictsOf(policy).map(([, reason]) => reason));
  const reasons = policy.rules.flatMap(({ reason }) => reason ?? []);
  return [...new Set(reasons)].filter((reason) => !given.has(reason));
}

function verdictsOf(policy: Policy): readonly (readonly [number, string | null])[] {
  return possibleStates().map((state) => verdictOf(policy, state));
}

import { describe, expect, test } from '@jest/globals';
import { possibleStates } from '../../../src/policy/vocabulary.js';
import { mutantsOf, scoreMutants } from '../../../src/policy/test/mutation.js';
import { verdictOf } from '../../builders/brute-force.js';
import { shippedPolicy } from '../../builders/policy.js';

const policy = shippedPolicy();
const mutants = mutantsOf(policy);
const mutated = mutants.map(({ index, replaced, instead }) => ({
  ...policy,
  rules: policy.rules.toSpliced(index, replaced, ...instead),
}));

describe('mutants', () => {
  test('are the shipped policy with one mistake each, all different', () => {
    const texts = mutated.map(({ rules }) => JSON.stringify(rules));
    expect(new Set([...texts, JSON.stringify(policy.rules)]).size).toBe(mutants.length + 1);
  });

  test('have every kind of mistake', () => {
    const mistakes = mutants.map(({ rule, mistake }) => `${rule.id} ${mistake}`);
    expect(mistakes).toEqual(
      expect.arrayContaining([
        'out-of-range is removed',
        'out-of-range stands after `dashboard-range`',
        'live-daemon does not check `responder`',
        'live-daemon checks for the opposite of `recorded_singleton`',
        'proven-orphan also accepts `recorded_singleton: unknown`',
        'missing-pid does not accept `listener_pid: unknown`',
        'third-party gives operator_required',
        'other-user gives safe_auto',
        'other-user gives another reason',
      ]),
    );
    // A rule without a condition, and a condition without a value, cannot be written.
    const written = mutants.flatMap(({ instead }) => instead);
    expect(written.filter(({ atoms }) => atoms.some(({ values }) => values.length === 0))).toEqual([]);
    expect(written.filter(({ atoms }) => atoms.length === 0)).toEqual([]);
  });

  test('are equivalent, or survive in exactly the states that brute force finds', () => {
    const { killed, equivalent, survivors } = scoreMutants(policy, mutants, new Set());
    const differing = mutated.map((mutant) =>
      possibleStates().filter(
        (state) => String(verdictOf(mutant, state)) !== String(verdictOf(policy, state)),
      ),
    );
    expect(killed).toBe(0);
    expect(equivalent).toBe(differing.filter((states) => states.length === 0).length);
    expect(survivors.map(({ states }) => states)).toEqual(differing.filter((states) => states.length > 0));
  });

  test('are all killed if every state is tested, and survive if they differ only in an untested state', () => {
    expect(scoreMutants(policy, mutants, new Set(possibleStates())).survivors).toEqual([]);
    const safe = possibleStates().filter((state) => verdictOf(policy, state)[0] !== 2);
    const { survivors } = scoreMutants(policy, mutants, new Set(safe));
    expect(survivors.map(({ mutant }) => `${mutant.rule.id} ${mutant.mistake}`)).toContain(
      'proven-orphan is removed',
    );
  });
});

import { describe, expect, test } from '@jest/globals';
import { possibleStates } from '../../src/policy/vocabulary.js';
import type { DecidingVector } from '../../src/model/policy-facts.js';
import { describeRegion, regionsOf, statesIn, witnessOf } from '../../src/policy/regions.js';
import { seededRandom } from '../builders/policy.js';

const states = possibleStates();

describe('regions', () => {
  test('contain exactly the states that they were made of', () => {
    const random = seededRandom(1);
    for (const share of [0.001, 0.05, 0.5, 0.95]) {
      const chosen = states.filter(() => random() < share);
      expect(unionOf(chosen)).toEqual(new Set(chosen));
    }
  });

  test('are a single region for a single condition, without the facts that it does not restrict', () => {
    const wanted = { responder: ['silent', 'not_asked'], owner_user: ['other'] };
    expect(regionsOf(statesIn(wanted))).toEqual([wanted]);
    // Only the command line of a daemon has a marker, so the region need not say that it is absent.
    const implied = { responder: ['silent'], owner_user: ['same'], spawn_shape: ['other'] };
    expect(regionsOf(statesIn(implied))).toEqual([implied]);
    expect(regionsOf(states)).toEqual([{}]);
    expect(regionsOf([])).toEqual([]);
  });

  test('do not depend on the order of the states or on duplicates', () => {
    const chosen = states.filter((_, index) => index % 7 === 0);
    expect(regionsOf([...chosen, ...chosen.toReversed()])).toEqual(regionsOf(chosen));
  });

  test('are printed like the `when` of a rule', () => {
    expect(describeRegion({ port_range: ['sync'], responder: ['silent', 'not_asked'] })).toBe(
      'port_range: sync, responder: [silent, not_asked]',
    );
    expect(describeRegion({})).toBe('every state');
  });

  test('have an example that is one of their states', () => {
    const region = { spawn_shape: ['other'], recorded_singleton: ['yes'] };
    expect(statesIn(region)).toContain(witnessOf(region));
    expect(() => witnessOf({ spawn_shape: ['other'], root_marker: ['same'] })).toThrow('no possible state');
  });
});

function unionOf(chosen: readonly DecidingVector[]): ReadonlySet<DecidingVector> {
  return new Set(regionsOf(chosen).flatMap(statesIn));
}

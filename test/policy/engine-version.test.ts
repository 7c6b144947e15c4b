import { expect, test } from '@jest/globals';
import manifest from 'json-rules-engine/package.json' with { type: 'json' };
import { PROVEN } from '../../src/policy/invariants.js';
import { evaluate } from '../../src/policy/evaluate.js';
import { shippedPolicy, withDisplayFacts } from '../builders/policy.js';

test('an engine of another version than the examined one decides nothing', async () => {
  // In a file of its own: the version is looked at once, when the engine is first needed.
  manifest.version = '7.3.2';
  expect(await evaluate(shippedPolicy(), withDisplayFacts(PROVEN))).toEqual({
    cleanupClass: 'never_touch',
    reason: 'engine_version',
    rule: null,
    trace: [],
  });
});

import { expect, test } from '@jest/globals';
import manifest from 'json-rules-engine/package.json' with { type: 'json' };
import { PROVEN } from '../../src/policy/invariants.js';
import { evaluate } from '../../src/policy/evaluate.js';
import { shippedPolicy, withDisplayFacts } from '../builders/policy.js';

test('a rule engine of another version than the examined one decides nothing', async () => {
  // In its own file, because this changes the manifest for the whole process.
  manifest.version = '7.3.2';
  expect(await evaluate(shippedPolicy(), withDisplayFacts(PROVEN))).toEqual({
    cleanupClass: 'never_touch',
    reason: 'engine_version',
    rule: null,
    trace: [],
  });
});

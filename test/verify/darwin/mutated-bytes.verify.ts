import { test } from '@jest/globals';
import { decodeMutated } from '../../support/mutated-bytes.js';

test('100,000 answers that no kernel sent never make a decoder throw, and never give a socket another owner', () => {
  decodeMutated(100_000);
}, 300_000);

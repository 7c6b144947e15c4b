import { readFileSync } from 'node:fs';
import type { DecidingVector, PolicyFacts } from '../../src/model/policy-facts.js';
import type { Policy } from '../../src/model/verdict.js';
import { policyFromText } from '../../src/policy/load.js';

export const SHIPPED_TEXT = readFileSync('policy/sync.yaml', 'utf8');

/** Rules that change no verdict when they come before the shipped rules. */
export function manyRules(count: number): string {
  return Array.from(
    { length: count },
    (_, index) =>
      `  - { id: r${index}, when: { port_range: outside }, then: { class: never_touch, reason: out_of_range }, why: x }\n`,
  ).join('');
}

export function shippedPolicy(): Policy {
  const loaded = policyFromText(SHIPPED_TEXT, 'shipped');
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.policy;
}

/** Adds display facts to a deciding vector, as evaluation needs them. */
export function withDisplayFacts(vector: DecidingVector): PolicyFacts {
  return {
    ...vector,
    package_version: 'unknown',
    executable: 'unknown',
    owner_record: 'absent',
    work: 'unknown',
    root_exists: 'unknown',
  };
}

/** Reproducible random numbers in [0, 1) (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

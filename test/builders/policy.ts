import { readFileSync } from 'node:fs';
import type { DecidingVector, PolicyFacts } from '../../src/model/policy-facts.js';
import type { Policy } from '../../src/model/verdict.js';
import { policyFromText } from '../../src/policy/load.js';

export const SHIPPED_TEXT = readFileSync('policy/sync.yaml', 'utf8');

/** The lines of rules that change no verdict where they are the first. */
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

/** A deciding vector with display facts beside it, as evaluation wants them. */
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

/** Numbers in [0, 1) that are the same in every run (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

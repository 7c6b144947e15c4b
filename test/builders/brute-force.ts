import type { DecidingVector } from '../../src/model/policy-facts.js';
import { CLEANUP_CLASSES, type Policy } from '../../src/model/verdict.js';

/**
 * First match wins, written once more and in another way: the last rule first, each overriding those after it.
 * @returns how much the class allows, and the reason
 */
export function verdictOf(
  { rules, fallback }: Policy,
  state: DecidingVector,
): readonly [number, string | null] {
  const { cleanupClass, reason } = rules.reduceRight(
    (verdict, rule) =>
      rule.atoms.some(({ fact, values }) => !values.includes(state[fact])) ? verdict : rule,
    fallback as Pick<Policy['rules'][number], 'cleanupClass' | 'reason'>,
  );
  return [CLEANUP_CLASSES.indexOf(cleanupClass), reason];
}

import type { DecidingVector } from '../../src/model/policy-facts.js';
import { CLEANUP_CLASSES, type Policy } from '../../src/model/verdict.js';

/**
 * An independent implementation of "the first matching rule wins": it goes from the last rule to the first, and each
 * match replaces the verdict.
 * @returns the index of the class in `CLEANUP_CLASSES`, and the reason
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

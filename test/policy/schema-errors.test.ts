import { expect, test } from '@jest/globals';
import type { ErrorObject } from 'ajv';
import fc from 'fast-check';
import { mostSpecific } from '../../src/policy/schema.js';
import { SHIPPED_TEXT } from '../builders/policy.js';
import { problemsOf } from './problems.js';

const RANKS = ['type', 'enum', 'required'];
const rankOf = ({ keyword }: Pick<ErrorObject, 'keyword'>): number =>
  RANKS.includes(keyword) ? RANKS.indexOf(keyword) : RANKS.length;

/** The same selection in quadratic time, which compares every error with every other. */
function byComparison(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const telling = errors.filter(({ keyword }) => keyword !== 'anyOf');
  const kept = telling.filter((error) => {
    const isOutranked = telling.some(
      (other) => other.instancePath === error.instancePath && rankOf(other) > rankOf(error),
    );
    const errsInside = telling.some(({ instancePath }) => instancePath.startsWith(`${error.instancePath}/`));
    return !isOutranked && !(rankOf(error) < 2 && errsInside);
  });
  const names = kept.map(({ instancePath, keyword, params }) =>
    JSON.stringify([instancePath, keyword, params]),
  );
  return kept.filter((_, index) => names.indexOf(names[index] ?? '') === index).slice(0, 20);
}

const errorOf = (instancePath: string, keyword: string, name: string): ErrorObject => ({
  instancePath,
  keyword,
  schemaPath: '#',
  params: { name },
});

test('selects the same errors as a comparison of all pairs', () => {
  const error = fc
    .tuple(
      fc.array(fc.constantFrom('a', 'b', '0', 'aa'), { maxLength: 3 }),
      fc.constantFrom('type', 'enum', 'required', 'anyOf', 'additionalProperties'),
      fc.constantFrom('x', 'y'),
    )
    .map(([path, keyword, name]) => errorOf(path.map((part) => `/${part}`).join(''), keyword, name));
  fc.assert(
    fc.property(fc.array(error, { maxLength: 40 }), (errors) => {
      expect(mostSpecific(errors)).toEqual(byComparison(errors));
    }),
    { numRuns: 2000, seed: 2026 },
  );
});

/** How often the places of this many errors, each in its own rule, are read. */
function looksAt(count: number): number {
  let looks = 0;
  const errors = Array.from({ length: count }, (_, index) => {
    const error = errorOf('', 'type', String(index));
    return Object.defineProperty(error, 'instancePath', {
      get: () => {
        looks += 1;
        return `/rules/${index}/when`;
      },
    });
  });
  // An error of lower rank at an enclosing place, which must not be selected.
  mostSpecific([...errors, errorOf('/rules', 'enum', 'x')]);
  return looks;
}

test('takes linear time: with twice as many errors, each is read as often', () => {
  expect(looksAt(2000) / 2000).toBeLessThanOrEqual(looksAt(1000) / 1000);
});

test.each([
  ['keys', Array.from({ length: 101 }, (_, index) => `k${index}: 1\n`).join(''), 'more than 100 keys'],
  [
    'keys in braces',
    `more: {${Array.from({ length: 101 }, (_, index) => `k${index}: 1`).join()}}\n`,
    'more than 100 keys',
  ],
  ['words', `more: [${'sync, '.repeat(101)}]\n`, 'more than 100 words'],
  ['words, a line each', `more:\n${'- sync\n'.repeat(101)}`, 'more than 100 words'],
])(
  'too many %s are refused with one problem, before the library compares them all',
  (_what, text, message) => {
    expect(problemsOf(SHIPPED_TEXT + text)).toEqual([expect.stringContaining(message)]);
  },
);

test('of thousands of rules with wrong keys the first twenty errors are reported', () => {
  const rules = '- { id: a, wrong: 1, when: { worse: 1 }, then: { class: safe_auto }, why: x }\n'.repeat(
    3000,
  );
  expect(problemsOf(`rules:\n${rules}`)).toHaveLength(20);
});

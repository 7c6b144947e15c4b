import { expect, test } from '@jest/globals';
import { Linter } from 'eslint';
import { pathToFileURL } from 'node:url';

const { default: config } = (await import(pathToFileURL('eslint.config.js').href)) as {
  readonly default: readonly Linter.Config[];
};
/** The part of the configuration that is about regular expressions, alone: it needs no types, and no program. */
const EXPRESSIONS = config
  .filter(({ plugins = {} }) => 'regexp' in plugins)
  .map(({ plugins = {}, rules = {} }) => ({ plugins, rules, files: ['**/*.js'] }));

function rulesBrokenBy(code: string): readonly (string | null)[] {
  const found = new Linter().verify(code, EXPRESSIONS, 'planted.js');
  return [...new Set(found.map(({ ruleId }) => ruleId))];
}

test.each([
  ['blanks that three quantifiers share', String.raw`/\nlength[ \t]*:[ \t]*(.*?)[ \t]*(?=\r|$)/g`],
  ['a repeated repetition', '/^(?:a+)+$/'],
  ['the same, made of text', String.raw`new RegExp(String.raw${'`'}^(?:\w+)+$${'`'})`],
])('an expression that backtracks is refused: %s', (_what, expression) => {
  expect(rulesBrokenBy(`${expression}.test(text);`)).toEqual(['regexp/no-super-linear-backtracking']);
});

test('an expression that starts anew at every character is refused', () => {
  expect(rulesBrokenBy(String.raw`text.replace(/\/+$/, '');`)).toEqual(['regexp/no-super-linear-move']);
});

test('one that reads each character once is not', () => {
  expect(rulesBrokenBy(String.raw`/^HTTP\/1\.[01] (\d{3})(?: |$)/.test(text);`)).toEqual([]);
});

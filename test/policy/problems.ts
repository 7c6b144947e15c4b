import { expect } from '@jest/globals';
import { policyFromText } from '../../src/policy/load.js';
import { SHIPPED_TEXT } from '../builders/policy.js';

/** The problems of the shipped policy after one change, as `line:column message (hint)`. */
export function problemsAfter(from: string | RegExp, to: string): readonly string[] {
  const text = SHIPPED_TEXT.replace(from, to);
  expect(text).not.toBe(SHIPPED_TEXT);
  return problemsOf(text);
}

export function problemsOf(text: string): readonly string[] {
  const loaded = policyFromText(text, 'p.yaml');
  if (loaded.ok) return [];
  return loaded.problems.map(
    ({ line, column, message, hint }) => `${line}:${column} ${message} (${String(hint)})`,
  );
}

/** The line on which the shipped policy first says this. */
export const lineOf = (needle: string): number =>
  SHIPPED_TEXT.slice(0, SHIPPED_TEXT.indexOf(needle)).split('\n').length;

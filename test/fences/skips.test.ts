import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A test that does not run proves nothing. What a machine lacks is said in one place, with the reason. */
const ALLOWED = 'test/support/requires.ts';
const THIS = 'test/fences/skips.test.ts';
const SKIPPED =
  /\b(?:describe|test|it)\s*\.\s*(?:skip|only|todo|failing)\b|\b(?:[xf](?:describe|test|it))\s*[(.]/;

test('no test is skipped, or keeps the others from running, but for what a machine lacks (pitfall 43)', () => {
  const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join('test', name))
    .filter((file) => file !== THIS);
  const skipping = files.filter((file) => SKIPPED.test(readFileSync(file, 'utf8')));
  expect(skipping).toEqual([ALLOWED]);
});

test('the search sees each way to do it', () => {
  const ways = ['test.only', 'describe . skip', 'it.todo', 'test.failing', 'xtest(', 'fdescribe.each('];
  expect(ways.filter((way) => !SKIPPED.test(way))).toEqual([]);
});

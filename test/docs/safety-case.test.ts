import { expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PAGE = readFileSync('docs/safety-case.md', 'utf8');
const ROWS = PAGE.split('\n').filter((line) => /^\| \d+\.\d+ /.test(line));

/** `[name](../test/file.test.ts) "title", "another"` */
const CITED = /\[[^\]]+\]\(\.\.\/(test\/[^)]+)\)((?:,? "[^"]+")+)/g;

function citedIn(row: string): readonly (readonly [file: string, title: string])[] {
  return [...row.matchAll(CITED)].flatMap(([, file = '', titles = '']) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => [file, title] as const),
  );
}

test('every part of the claim names tests', () => {
  expect(ROWS.length).toBeGreaterThan(25);
  for (const row of ROWS) expect({ row, tests: citedIn(row).length > 0 }).toEqual({ row, tests: true });
});

test.each(ROWS.flatMap(citedIn).map(([file, title]) => [title, file]))('%s: is in %s', (title, file) => {
  const path = join(process.cwd(), file);
  expect(existsSync(path)).toBe(true);
  // Titles in the sources may have their quotes escaped.
  expect(readFileSync(path, 'utf8').replaceAll(/\\(['"])/g, '$1')).toContain(title);
});

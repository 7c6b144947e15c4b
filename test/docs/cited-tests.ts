import { expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';

/** `[name](../test/file.test.ts) "title", "another"` */
const CITED = /\[[^\]]+\]\((?:\.\.\/)?(test\/[^)]+)\)((?:,? "[^"]+")+)/g;
const LINKED = /\]\((?:\.\.\/)?test\/[^)]+\.test\.ts\)/g;

/** The lines of a page that begin like this. */
export function rowsOf(page: string, beginning: RegExp): readonly string[] {
  return readFileSync(page, 'utf8')
    .split('\n')
    .filter((line) => beginning.test(line));
}

export function citedIn(row: string): readonly (readonly [title: string, file: string])[] {
  return [...row.matchAll(CITED)].flatMap(([, file = '', titles = '']) =>
    [...titles.matchAll(/"([^"]+)"/g)].map(([, title = '']) => [title, file] as const),
  );
}

/** Declares a test: the rows cite no test file without a title, and every cited title stands in its file. */
export function testThatCitedTestsExist(rows: readonly string[]): void {
  test('every cited test exists, and every cited test file is cited with a title', () => {
    for (const row of rows)
      expect({ row, cited: row.match(CITED)?.length }).toEqual({ row, cited: row.match(LINKED)?.length });
    // Quotes in titles may be escaped in the sources.
    const textOf = (file: string): string =>
      existsSync(file) ? readFileSync(file, 'utf8').replaceAll(/\\(['"])/g, '$1') : '';
    expect(rows.flatMap(citedIn).filter(([title, file]) => !textOf(file).includes(title))).toEqual([]);
  });
}

import { expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';

/** `[name](../test/file.test.ts) "title", "another"` */
const CITED = /\[[^\]]+\]\((?:\.\.\/)?(test\/[^)]+)\)((?:,? "[^"]+")+)/g;
const LINKED = /\]\((?:\.\.\/)?test\/[^)]+\.test\.ts\)/g;

/** The rows of a page's tables that begin so. */
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

/** Makes a test: each row's links to files of tests name titles, and each title is in its file. */
export function testThatCitedTestsExist(rows: readonly string[]): void {
  test('each cited test is there, and no file of tests is cited without a title', () => {
    for (const row of rows)
      expect({ row, cited: row.match(CITED)?.length }).toEqual({ row, cited: row.match(LINKED)?.length });
    // Titles in the sources may have their quotes escaped.
    const textOf = (file: string): string =>
      existsSync(file) ? readFileSync(file, 'utf8').replaceAll(/\\(['"])/g, '$1') : '';
    expect(rows.flatMap(citedIn).filter(([title, file]) => !textOf(file).includes(title))).toEqual([]);
  });
}

import { expect, test } from '@jest/globals';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { citedIn, rowsOf, testThatCitedTestsExist } from './cited-tests.js';

const PAGE = 'docs/requirements.md';
const ROWS = rowsOf(PAGE, /^\| (?:[A-Z]+-)?\d+ \|/);
const idOf = (row: string): string => row.split(' ')[1] ?? '';

/** No test shows these: they are about documents, or about what `npm run check` finds. */
const SHOWN_BY_DOCUMENTS = ['NFR-005', 'C-005'];

/** Where requirements and pitfalls may be cited. */
const CITING = ['adr', 'docs', 'policy', 'src', 'test'];

test('has every requirement and every pitfall once', () => {
  const series = (prefix: string, count: number, digits: number): readonly string[] =>
    Array.from({ length: count }, (_, index) => prefix + String(index + 1).padStart(digits, '0'));
  expect(ROWS.map(idOf)).toEqual([
    ...series('AS-', 7, 1),
    ...series('FR-', 12, 3),
    ...series('NFR-', 6, 3),
    ...series('C-', 7, 3),
    ...series('SC-', 6, 3),
    ...series('', 44, 1),
  ]);
});

test('names tests in every row, but where only a document can show it', () => {
  expect(ROWS.filter((row) => citedIn(row).length === 0).map(idOf)).toEqual(SHOWN_BY_DOCUMENTS);
});

test('leads to files that exist', () => {
  const links = [...readFileSync(PAGE, 'utf8').matchAll(/\]\(([^)]+)\)/g)].map(([, path = '']) => path);
  expect(links.length).toBeGreaterThan(80);
  expect(links.filter((path) => !existsSync(join('docs', path)))).toEqual([]);
});

testThatCitedTestsExist(ROWS);

/** Ids and numbers of pitfalls; of `38 to 40` the ends. */
function idsIn(text: string): readonly string[] {
  const pitfalls = [...text.matchAll(/\bpitfalls? (\d+(?:(?:,| and|, and| to) \d+)*)/gi)];
  return [
    ...(text.match(/\b(?:(?:FR|NFR|C|SC)-\d{3}|AS-\d)\b/g) ?? []),
    ...pitfalls.flatMap(([, numbers = '']) => numbers.match(/\d+/g) ?? []),
  ];
}

test('whatever is cited anywhere has a row', () => {
  const known = new Set(ROWS.map(idOf));
  const cited = CITING.flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:[cm]?[jt]s|md|py|yaml)$/.test(name))
      .map((name) => join(folder, name))
      .filter((file) => file !== PAGE)
      .flatMap((file) => idsIn(readFileSync(file, 'utf8')).map((id) => ({ file, id }))),
  );
  expect(cited.filter(({ id }) => !known.has(id))).toEqual([]);
  expect(new Set(cited.map(({ id }) => id)).size).toBeGreaterThan(50);
});

test('the search sees every form in which they are cited', () => {
  expect(idsIn('AS-1, FR-002 and NFR-003 (SC-004; C-005)')).toEqual([
    'AS-1',
    'FR-002',
    'NFR-003',
    'SC-004',
    'C-005',
  ]);
  expect(idsIn('Pitfall 1; pitfalls 2, 3 and 4, pitfalls 38 to 40')).toEqual([
    '1',
    '2',
    '3',
    '4',
    '38',
    '40',
  ]);
});

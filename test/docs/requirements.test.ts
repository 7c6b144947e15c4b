import { expect, test } from '@jest/globals';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

interface Group {
  readonly sections: readonly { readonly entries: Readonly<Record<string, string>> }[];
}

test('has every requirement and every pitfall once', () => {
  const groups = parse(readFileSync('docs/requirements.yaml', 'utf8')) as readonly Group[];
  const ids = groups.flatMap(({ sections }) => sections.flatMap(({ entries }) => Object.keys(entries)));
  const series = (prefix: string, count: number, digits: number): readonly string[] =>
    Array.from({ length: count }, (_, index) => prefix + String(index + 1).padStart(digits, '0'));
  expect(ids).toEqual([
    ...series('AS-', 7, 1),
    ...series('FR-', 12, 3),
    ...series('NFR-', 6, 3),
    ...series('C-', 7, 3),
    ...series('SC-', 6, 3),
    ...series('', 44, 1),
  ]);
});

test('leads to files that exist', () => {
  const page = readFileSync('docs/requirements.md', 'utf8');
  const links = [...page.matchAll(/\]\(([^)]+)\)/g)].map(([, path = '']) => path);
  expect(links.length).toBeGreaterThan(80);
  expect(links.filter((path) => !existsSync(join('docs', path)))).toEqual([]);
});

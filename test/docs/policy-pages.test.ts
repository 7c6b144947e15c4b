import { expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

test('every kind of finding has a page', () => {
  const sources = readdirSync('src/policy', { recursive: true })
    .map(String)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join('src/policy', name), 'utf8'));
  const named = sources.flatMap((text) => [
    ...text.matchAll(/check: (?:[^\n]*\? )?'([a-z-]+)'(?: : '([a-z-]+)')?/g),
  ]);
  const union = /type CheckId =([^;]*);/.exec(sources.join('\n'))?.[1] ?? '';
  const ids = [
    ...named.flatMap(([, one, other]) => [one, other]),
    ...[...union.matchAll(/'([a-z-]+)'/g)].map(([, id]) => id),
    ...['loosened', 'tightened', 'reason-changed'],
  ].filter((id) => id !== undefined);
  expect(ids.length).toBeGreaterThan(25);
  const pages = readdirSync('docs/policy').map((name) => name.replace('.md', ''));
  expect([...new Set(ids)].filter((id) => !pages.includes(id))).toEqual([]);
  expect(pages.filter((page) => !ids.includes(page))).toEqual([]);
});

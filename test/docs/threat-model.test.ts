import { expect, test } from '@jest/globals';
import { citedIn, rowsOf, testThatCitedTestsExist } from './cited-tests.js';

const ROWS = rowsOf('SECURITY.md', /^\| .*\]\(test\//);

test('every row of the threat model cites a test', () => {
  expect(ROWS.length).toBeGreaterThan(15);
  for (const row of ROWS) expect({ row, tests: citedIn(row).length > 0 }).toEqual({ row, tests: true });
});

testThatCitedTestsExist(ROWS);

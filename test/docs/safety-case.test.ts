import { expect, test } from '@jest/globals';
import { citedIn, rowsOf, testThatCitedTestsExist } from './cited-tests.js';

const ROWS = rowsOf('docs/safety-case.md', /^\| \d+\.\d+ /);

test('every row of the safety case cites a test', () => {
  expect(ROWS.length).toBeGreaterThan(25);
  for (const row of ROWS) expect({ row, tests: citedIn(row).length > 0 }).toEqual({ row, tests: true });
});

testThatCitedTestsExist(ROWS);

import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { shippedPolicy } from '../builders/policy.js';

const GUIDE = readFileSync('docs/operator-guide.md', 'utf8');

test('the guide begins with the two commands, doctor before reset (C-005, SC-005)', () => {
  const commands = [...GUIDE.matchAll(/^ {4}(spec-kitty .*?)(?: +#.*)?$/gm)].map(([, command]) => command);
  expect(commands.slice(0, 2)).toEqual(['spec-kitty auth doctor', 'spec-kitty auth doctor --reset']);
});

test('the guide has a remedy for each reason that the policy gives (C-005)', () => {
  const rows = [...GUIDE.matchAll(/^\| (`[^|]*) \|/gm)].flatMap(([, cell = '']) => cell.match(/\w+/g) ?? []);
  const reasons = shippedPolicy().rules.flatMap(({ reason }) => reason ?? []);
  expect(reasons.length).toBeGreaterThan(10);
  expect(reasons.filter((reason) => !rows.includes(reason))).toEqual([]);
});

test('the identity contract is an accepted decision that names its requirements (C-005)', () => {
  expect(readFileSync('adr/0001-identity-contract.md', 'utf8')).toMatch(/Status: accepted\.[^#]*\bC-005\b/);
});

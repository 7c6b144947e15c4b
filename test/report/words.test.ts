import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import {
  actWords,
  classWords,
  cleanupPathWords,
  reasonWords,
  verdictReasonWords,
} from '../../src/report/words.js';

const GUIDE = readFileSync('docs/operator-guide.md', 'utf8');
const [, section = ''] = /\n## The words of the report, and their codes\n([^]*?)\n## /.exec(GUIDE) ?? [];
const LISTED = section.split('\n').flatMap((row) => {
  const [, words = '', codes = ''] = /^\| (.+) \| (`.+) \|$/.exec(row) ?? [];
  return [...codes.matchAll(/`([a-z_]+)`/g)].map(([, code = '']) => [code, words] as const);
});
const PATHS = ['http_shutdown', 'terminate', 'kill', 'already_gone'] as const;

test.each(LISTED)('%s is in the report as it is in the guide', (code, words) => {
  const path = PATHS.find((name) => name === code);
  expect(path ? cleanupPathWords(path) : reasonWords(code)).toBe(words.replace('*code*', code));
});

test('every reason of the shipped policy and of the guide has words, and stands in their list', () => {
  const policy = readFileSync('policy/sync.yaml', 'utf8').matchAll(/reason: (\w+)/g);
  const rows = GUIDE.split('\n').filter((row) => /^\| `(?!skip_reason|failure_reason)[a-z_]+`/.test(row));
  const explained = rows.flatMap((row) => [...(row.split(' | ')[0] ?? '').matchAll(/`([a-z_]+)`/g)]);
  const codes = [...policy, ...explained].map(([, code = '']) => code);
  expect(codes.length).toBeGreaterThan(40);
  expect(codes.filter((code) => reasonWords(code) === code)).toEqual([]);
  expect(codes.filter((code) => !LISTED.some(([listed]) => listed === code))).toEqual([]);
});

describe('a verdict in words', () => {
  const live = { cleanup_class: 'operator_required', skip_reason: 'cross_root', live_in_root: '/r' } as const;
  test.each([
    [{ cleanup_class: 'safe_auto', skip_reason: null, live_in_root: null }, 'safe to retire'],
    [{ ...live, live_in_root: null }, 'you decide'],
    [{ cleanup_class: 'never_touch', skip_reason: 'third_party', live_in_root: null }, 'leave alone'],
    [live, 'leave alone'],
    [{ ...live, skip_reason: 'other_user', live_in_root: null }, 'leave alone'],
  ] as const)('%j', (verdict, words) => {
    expect(classWords(verdict)).toBe(words);
  });

  test('a live daemon of another root is called that, a proven orphan an orphan', () => {
    expect(verdictReasonWords(live)).toBe('live daemon of another root');
    expect(verdictReasonWords({ ...live, skip_reason: null, live_in_root: null })).toBe(
      'orphan, no longer in use',
    );
  });
});

test('a reason that only a policy of the operator has is shown as it is', () => {
  for (const code of ['my_reason', 'toString', '__proto__']) expect(reasonWords(code)).toBe(code);
});

test.each([
  ['http_shutdown', 'retired when asked'],
  ['failed: still_running', 'failed: did not end in time'],
  ['skipped: perhaps_busy', 'left alone: may be working'],
  ['retired: idle', 'retired: nothing to do'],
  ['what a later release wrote', 'what a later release wrote'],
])('the journal has `%s`, the report %s', (result, words) => {
  expect(actWords(result)).toBe(words);
});

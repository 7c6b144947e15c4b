import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import { SHIPPED_TEXT } from '../builders/policy.js';
import { policyFolder } from '../support/policy-folder.js';
import { LOOSER } from './diff/after.js';

const CASES = readFileSync('policy/cases.yaml', 'utf8');

let folder = policyFolder();

beforeEach(() => {
  folder.close();
  folder = policyFolder();
  folder.write('policy/sync.yaml', SHIPPED_TEXT);
  folder.write('policy/cases.yaml', CASES);
  folder.commit();
});
afterAll(() => {
  folder.close();
});

const ci = (words: readonly string[] = []) =>
  folder.policy(['ci', 'policy/sync.yaml', '--against', 'HEAD', ...words]);

interface Report {
  readonly outcome: string;
  readonly results: readonly { readonly command: string; readonly outcome: string }[];
}

/** The exit code, and the outcome of each command. */
function outcomes(): readonly [number | null, Readonly<Record<string, string>>] {
  const { code, stdout } = ci(['--json']);
  const report = JSON.parse(stdout) as Report;
  const schema = JSON.parse(readFileSync('schemas/policy-report.schema.json', 'utf8')) as object;
  const validate = new Ajv({ allowUnionTypes: true }).compile(schema);
  expect(validate(report) ? null : validate.errors).toBeNull();
  return [code, Object.fromEntries(report.results.map(({ command, outcome }) => [command, outcome]))];
}

describe('policy ci', () => {
  test('is clean for the shipped policy, and lists each command', () => {
    expect(outcomes()).toEqual([0, { check: 'clean', prove: 'clean', test: 'clean', diff: 'clean' }]);
    const alone = folder.policy(['ci', 'policy/sync.yaml']);
    expect(alone.code).toBe(0);
    expect(alone.stdout.split('\n').map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual([
      'policy check',
      'policy prove',
      'policy test',
      '',
    ]);
  });

  test.each(['ci', 'diff'])(
    '`policy %s` reviews the policy of the working tree, also from a folder in it, and says so',
    (command) => {
      folder.write('policy/sync.yaml', LOOSER);
      folder.write('docs/deep/page.md', '');
      for (const [at, shown] of [
        ['.', 'policy/sync.yaml'],
        ['docs/deep', '../../policy/sync.yaml'],
      ] as const) {
        const { code, stdout } = folder.policyIn(at, [command, '--against', 'HEAD']);
        expect({ code, stdout }).toEqual({
          code: 1,
          stdout: expect.stringContaining(`policy diff ${shown}: `),
        });
      }
    },
  );

  test.each([['ci'], ['ci', '--against', 'HEAD'], ['diff', '--against', 'HEAD']])(
    '`policy %s %s %s` fails where the working tree has no policy: the shipped one is not under review',
    (...words) => {
      const none = policyFolder();
      try {
        none.commit();
        const { code, stdout, stderr } = none.policy(words.filter((word) => typeof word === 'string'));
        expect({ code, stdout, stderr }).toEqual({
          code: 2,
          stdout: '',
          stderr:
            'spec-kitty: there is no policy/sync.yaml in this working tree\nnext step: name the policy to review as an argument\n',
        });
      } finally {
        none.close();
      }
    },
  );

  test('gives the worst exit code, and the outcome of every command', () => {
    folder.write('policy/sync.yaml', LOOSER);
    expect(outcomes()).toEqual([1, { check: 'clean', prove: 'found', test: 'found', diff: 'found' }]);
    folder.write('policy/sync.yaml', SHIPPED_TEXT);
    folder.write('policy/cases.yaml', CASES.replace('rule: pre-marker', 'rule: pre-marked'));
    expect(outcomes()).toEqual([2, { check: 'clean', prove: 'clean', test: 'failed', diff: 'clean' }]);
  });

  test('is inconclusive without cases', () => {
    folder.write('policy/cases.yaml', CASES.replace(/cases:[^]*/, 'cases: []\n'));
    expect(outcomes()).toEqual([3, { check: 'clean', prove: 'clean', test: 'inconclusive', diff: 'clean' }]);
  });

  test('reports an error in the file only once', () => {
    folder.write('policy/sync.yaml', SHIPPED_TEXT.replace('responder: dashboard }', 'respnder: dashboard }'));
    expect(outcomes()).toEqual([2, { check: 'found', prove: 'failed', test: 'failed', diff: 'failed' }]);
    expect(ci(['--format', 'github']).stdout.match(/^::error /gm)).toHaveLength(1);
  });

  test('runs the other commands if the commit to compare with does not exist', () => {
    const { code, stdout } = folder.policy(['ci', 'policy/sync.yaml', '--against', 'nowhere']);
    expect(code).toBe(2);
    expect(stdout).toContain('nowhere:policy/sync.yaml:1:1 error file: there is no commit `nowhere` here');
    expect(stdout).toContain('policy test policy/sync.yaml: 24 of 24 cases pass');
  });

  test.each(['json', 'sarif', 'markdown', 'github'])('gives the same bytes each time: %s', (format) => {
    folder.write('policy/sync.yaml', LOOSER);
    expect(ci(['--format', format])).toEqual(ci(['--format', format]));
  });
});

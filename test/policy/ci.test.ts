import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { readFileSync } from 'node:fs';
import { SHIPPED_TEXT } from '../builders/policy.js';
import { policyFolder } from '../support/policy-folder.js';
import { change, LOOSER, REWORDED, STRICTER } from './diff/after.js';

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

  const titleAfter = (text: string): string | undefined => {
    folder.write('policy/sync.yaml', text);
    return ci(['--format', 'markdown']).stdout.split('\n')[1];
  };
  test.each<readonly [string, string]>([
    ['✅ Policy: no verdict changed', SHIPPED_TEXT],
    ['❌ Policy: 11 states tightened, 1 case failing', STRICTER],
    ['❌ Policy: 30 states loosened, invariants broken in 30 states, 1 case failing', LOOSER],
    ['❌ Policy: another reason in 15 states, 1 problem in the file, 1 case failing', REWORDED],
    ['❌ Policy: 1 invariant removed', change(/ {2}- independent: package_version\n.*\n/, '')],
    ['❌ Policy: 1 problem in the file', change('responder: dashboard }', 'respnder: dashboard }')],
  ])('the comment has a title that says what happens: %s', (title, text) => {
    expect(titleAfter(text)).toBe(`## ${title}`);
  });

  test('the title still says that states are loosened, and warns, once the change is acknowledged', () => {
    folder.write('policy/sync.yaml', STRICTER);
    folder.commit();
    expect(titleAfter(SHIPPED_TEXT)).toBe('## ❌ Policy: 11 states loosened');
    const { stdout } = ci();
    const entries = [...stdout.matchAll(/^ {4}(- change: sha256:[0-9a-f]{64})$/gm)];
    folder.write(
      'policy/acknowledged.yaml',
      entries.map(([, entry]) => `${String(entry)}\n  why: they are asked first\n`).join(''),
    );
    expect(titleAfter(SHIPPED_TEXT)).toBe('## ⚠️ Policy: 11 states loosened as acknowledged');
    expect(ci().code).toBe(0);
  });

  test('without a comparison the title says what else was found', () => {
    const titleOf = (): string | undefined =>
      folder.policy(['ci', 'policy/sync.yaml', '--format', 'markdown']).stdout.split('\n')[1];
    expect(titleOf()).toBe('## ✅ Policy: nothing found');
    folder.write('policy/cases.yaml', CASES.replace(/cases:[^]*/, 'cases: []\n'));
    expect(titleOf()).toBe('## ⚠️ Policy: no cases');
  });

  test.each(['json', 'sarif', 'markdown', 'github'])('gives the same bytes each time: %s', (format) => {
    folder.write('policy/sync.yaml', LOOSER);
    expect(ci(['--format', format])).toEqual(ci(['--format', format]));
  });
});

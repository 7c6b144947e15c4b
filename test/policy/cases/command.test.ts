import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { manyRules, SHIPPED_TEXT } from '../../builders/policy.js';
import { policyFolder } from '../../support/policy-folder.js';

const SHIPPED_CASES = readFileSync('policy/cases.yaml', 'utf8');
/** The shipped file without its cases, and then with one of them. */
const BASE = SHIPPED_CASES.slice(0, SHIPPED_CASES.indexOf('cases:'));
const ONE = `${BASE}cases:
  - name: a proven orphan
    when: {}
    then: { class: safe_auto, rule: proven-orphan }
`;
const LINE = BASE.split('\n').length;

let folder = policyFolder();

beforeEach(() => {
  folder.close();
  folder = policyFolder();
  folder.write('policy/sync.yaml', SHIPPED_TEXT);
});
afterAll(() => {
  folder.close();
});

const testWith = (cases: string, words: readonly string[] = []) => {
  folder.write('policy/cases.yaml', cases);
  return folder.policy(['test', '--policy', 'policy/sync.yaml', ...words]);
};

describe('policy test', () => {
  test('of the shipped policy: every case passes, and the cases kill every mutant', () => {
    const { code, stdout } = folder.policy(['test', '--policy', resolve('policy/sync.yaml')]);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^policy test \/.+\/policy\/sync\.yaml: (\d+) of \1 cases pass, in \d+ states; rules 20\/20; conditions (\d+)\/\2; mutants (\d+)\/\3\n$/,
    );
  });

  test('reports the expected and the actual verdict at the line of the failing case', () => {
    const wrong = SHIPPED_CASES.replace(
      '{ class: operator_required, reason: pre_marker, rule: pre-marker }',
      '{ class: never_touch, reason: third_party, rule: third-party }',
    );
    const line = wrong.slice(0, wrong.indexOf('- name: a release that')).split('\n').length;
    const { code, stdout } = testWith(wrong);
    expect(code).toBe(1);
    expect(stdout).toContain(
      `policy/cases.yaml:${line}:5 error failing-case: "a release that declared no root" expects never_touch ` +
        '(third_party) by `third-party`, and the policy gives operator_required (pre_marker) by `pre-marker`\n' +
        '    1 state: ',
    );
    // The rule has no other case, but a finding about that would mislead: the case exists and fails.
    expect(stdout).not.toContain('untested-rule');
  });

  test('fails if another rule gives the expected verdict', () => {
    const twice = SHIPPED_TEXT.replace(
      '  - id: pre-marker\n',
      `  - id: before
    when: { root_marker: absent }
    then: { class: operator_required, reason: pre_marker }
    why: so

  - id: pre-marker
`,
    );
    folder.write('policy/sync.yaml', twice);
    const { code, stdout } = testWith(SHIPPED_CASES);
    expect(code).toBe(1);
    expect(stdout).toContain('the policy gives operator_required (pre_marker) by `before`');
  });

  test('reports what a removed case tested', () => {
    const lost = SHIPPED_CASES.replace(/ {2}- name: a daemon that may be the live one\n.*\n.*\n/, '');
    const { code, stdout } = testWith(lost);
    expect(code).toBe(1);
    expect(stdout).toContain('warning untested-rule: rule `singleton-unknown` decides no case');
    expect(stdout).toContain(
      'warning surviving-mutant: no case would fail for a policy in which rule `singleton-unknown` is removed, or',
    );
  });

  test('prints every missing case: with these added, nothing is untested', () => {
    const { code, stdout } = testWith(ONE);
    expect(code).toBe(1);
    const printed = [...stdout.matchAll(/ {4}( {4}when: .*\n) {4}( {4}then: .*\n)/g)];
    const lacking = new Set(printed.map(([, when = '', then = '']) => `  - name: printed\n${when}${then}`));
    expect(lacking.size).toBeGreaterThan(18);
    const complete = testWith(ONE + [...lacking].join(''));
    expect(complete).toMatchObject({ code: 0, stdout: expect.stringContaining('mutants 177/177') });
  });

  test('prints no case for a state that no rule decides, because a case cannot expect the default', () => {
    folder.write('policy/sync.yaml', SHIPPED_TEXT.replace(/ {2}- id: root-unreadable[^]*?\n\n/, ''));
    const { stdout } = testWith(ONE);
    expect(stdout).toContain('next step: add a rule that decides such a state');
    expect(stdout).not.toMatch(/rule: {2}\}/);
  });

  test('is inconclusive with too many mutants, unless a case fails', () => {
    folder.write(
      'policy/sync.yaml',
      SHIPPED_TEXT.replace('rules:\n', () => `rules:\n${manyRules(400)}`),
    );
    const cases = SHIPPED_CASES.replace('rule: out-of-range', 'rule: r0');
    const passing = testWith(cases);
    expect(passing).toMatchObject({
      code: 3,
      stdout: expect.stringMatching(
        /24 of 24 cases pass, in \d+ states; \d+ mutants in 1179 states are more than 2000000 checks: what the cases/,
      ),
    });
    expect(testWith(cases.replace('rule: r0', 'rule: r1')).code).toBe(1);
    expect(JSON.parse(testWith(cases, ['--json']).stdout)).toMatchObject({ coverage: null });
  });

  test('accepts the example in docs/policy.md', () => {
    const [, example = ''] = /```yaml\n(base:[^]*?)```/.exec(readFileSync('docs/policy.md', 'utf8')) ?? [];
    const { stdout } = testWith(example);
    expect(stdout).toContain('1 of 1 cases pass, in 3 states');
  });

  test('gives the same bytes each time', () => {
    for (const format of ['json', 'sarif']) {
      expect(testWith(ONE, ['--format', format])).toEqual(testWith(ONE, ['--format', format]));
    }
  });
});

describe('without a case the result is inconclusive: exit code 3', () => {
  test('an empty list, and no file beside the policy', () => {
    const none = folder.policy(['test', '--policy', 'policy/sync.yaml']);
    expect(none.code).toBe(3);
    expect(none.stdout).toContain('policy/cases.yaml:1:1 warning no-cases: there is no case');
    const { code, stdout } = testWith(`${BASE}cases: []\n`);
    expect(code).toBe(3);
    expect(stdout).toContain('no case: nothing was tested');
  });
  test('but a file that is named must exist', () => {
    const { code, stderr } = folder.policy(['test', 'none.yaml']);
    expect(code).toBe(2);
    expect(stderr).toContain('none.yaml:1:1: it cannot be read: ENOENT');
  });
});

describe('cases are read strictly, with line and column', () => {
  const one = (when: string, then = '{ class: safe_auto, rule: proven-orphan }'): string =>
    `${BASE}cases:\n  - name: x\n    when: ${when}\n    then: ${then}\n`;
  test.each<readonly [string, string, string]>([
    ['an unknown fact', one('{ respnder: sync }'), `${LINE + 2}:13: unknown key \`respnder\``],
    ['an unknown value', one('{ responder: synk }'), `${LINE + 2}:24: \`synk\` is not a value of`],
    [
      'an unknown value in a list',
      one('{ responder: [sync, synk] }'),
      `${LINE + 2}:31: \`synk\` is not a value of`,
    ],
    ['a display fact', one('{ work: started }'), `${LINE + 2}:13: \`work\` in \`cases.0.when\` is a fact`],
    [
      'an unknown rule',
      one('{}', '{ class: safe_auto, rule: proven-orfan }'),
      `${LINE + 3}:37: the policy has no rule \`proven-orfan\``,
    ],
    [
      'an unknown class',
      one('{}', '{ class: safe, rule: proven-orphan }'),
      `${LINE + 3}:20: \`safe\` is not a value of`,
    ],
    [
      'no reason',
      one('{}', '{ class: never_touch, rule: third-party }'),
      `${LINE + 3}:11: class \`never_touch\` without a reason`,
    ],
    [
      'a reason for safe_auto',
      one('{}', '{ class: safe_auto, reason: so, rule: proven-orphan }'),
      `${LINE + 3}:11: class \`safe_auto\` with a reason`,
    ],
    ['no rule', one('{}', '{ class: safe_auto }'), `${LINE + 3}:11: missing key \`rule\``],
    [
      'an impossible state',
      one('{ responder: silent }'),
      `${LINE + 2}:11: no listener can have these facts: without a sync answer`,
    ],
    [
      'a value of a list that is impossible',
      one('{ responder: [sync, silent] }'),
      `${LINE + 2}:31: no listener can have these facts with \`responder: silent\``,
    ],
    ['an empty list', one('{ responder: [] }'), `${LINE + 2}:24: \`responder\` has no value`],
    [
      'an incomplete base',
      one('{}').replace('  owner_user: same\n', ''),
      `7:3: missing key \`owner_user\` in \`base\``,
    ],
    ['an anchor', one('&a {}'), `${LINE + 2}:14: anchors are not allowed here`],
  ])('%s', (_name, cases, problem) => {
    const { code, stdout, stderr } = testWith(cases);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(`policy/cases.yaml:${problem}`);
  });
});

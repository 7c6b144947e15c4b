import { describe, expect, test } from '@jest/globals';
import { policyFromText } from '../../src/policy/load.js';
import { SHIPPED_TEXT } from '../builders/policy.js';

/** The problems of the shipped policy after one change, as `line:column message (hint)`. */
function problemsAfter(from: string | RegExp, to: string): readonly string[] {
  const text = SHIPPED_TEXT.replace(from, to);
  expect(text).not.toBe(SHIPPED_TEXT);
  return problemsOf(text);
}

function problemsOf(text: string): readonly string[] {
  const loaded = policyFromText(text, 'p.yaml');
  if (loaded.ok) return [];
  return loaded.problems.map(
    ({ line, column, message, hint }) => `${line}:${column} ${message} (${String(hint)})`,
  );
}

const lineOf = (needle: string): number =>
  SHIPPED_TEXT.slice(0, SHIPPED_TEXT.indexOf(needle)).split('\n').length;

test('the shipped policy itself is not refused', () => {
  expect(problemsOf(SHIPPED_TEXT)).toEqual([]);
});

describe('words that do not exist, with place and nearest word', () => {
  test('a misspelt fact', () => {
    const [problem] = problemsAfter('responder: dashboard }', 'respnder: dashboard }');
    const line = lineOf('when: { responder: dashboard }');
    expect(problem).toBe(
      `${line}:13 unknown key \`respnder\` in \`rules.2.when\` (did you mean \`responder\`?)`,
    );
  });
  test('a misspelt value', () => {
    const [problem, more] = problemsAfter('when: { responder: dashboard }', 'when: { responder: dashbord }');
    expect(problem).toContain(
      '`dashbord` is no value of `rules.2.when.responder` (did you mean `dashboard`?)',
    );
    expect(problem).toMatch(new RegExp(`^${lineOf('when: { responder: dashboard }')}:24 `));
    expect(more).toBeUndefined();
  });
  test('a misspelt value in a list', () => {
    expect(problemsAfter('root_marker: [other, absent', 'root_marker: [othr, absent')).toEqual([
      expect.stringContaining(
        '`othr` is no value of `invariants.0.forbid.when.root_marker.0` (did you mean `other`?)',
      ),
    ]);
  });
  test('a YAML 1.1 boolean is a word like any other, and true is none', () => {
    expect(problemsAfter('recorded_singleton: yes,', 'recorded_singleton: true,')).toEqual([
      expect.stringContaining('`true` is no value of `rules.3.when.recorded_singleton`'),
    ]);
  });
  test('an unknown class', () => {
    expect(problemsAfter('class: safe_auto }\n', 'class: safe }\n').join()).toContain(
      '`safe` is no value of',
    );
  });
  test('a fact that is only shown (FR-003, FR-008)', () => {
    const [problem] = problemsAfter('root_marker: absent }', 'package_version: older }');
    expect(problem).toContain('unknown key `package_version`');
  });
  test.each(['any', 'all', 'priority', 'operator'])("the engine's own word `%s` (pitfall 39)", (word) => {
    expect(problemsAfter('when: { root_marker: absent }', `when: { ${word}: [] }`).join()).toContain(
      'unknown key',
    );
    expect(
      problemsAfter('    why: its release declared', `    ${word}: []\n    why: its release declared`).join(),
    ).toContain('unknown key');
  });
});

describe('forms that do not hold together', () => {
  test.each<readonly [string, string | RegExp, string, string]>([
    [
      'an empty condition',
      'when: { root_marker: absent }',
      'when: {}',
      'must NOT have fewer than 1 properties',
    ],
    [
      'an empty list',
      'when: { root_marker: absent }',
      'when: { root_marker: [] }',
      'must NOT have fewer than 1 items',
    ],
    ['a missing why', /\n {4}why: its release declared.*/, '', "must have required property 'why'"],
    ['a missing default', /\ndefault:.*/, '', "must have required property 'default'"],
    [
      'a default that is not strictest',
      'default: { class: never_touch',
      'default: { class: operator_required',
      'must be equal to constant',
    ],
    ['a duplicate key', 'rules:\n', 'rules: []\nrules:\n', 'Map keys must be unique'],
    ['a duplicate id', 'id: other-root', 'id: pre-marker', 'duplicate rule id `pre-marker`'],
    [
      'a reason on safe_auto',
      '{ class: safe_auto }\n    why',
      '{ class: safe_auto, reason: x }\n    why',
      'class `safe_auto` with a reason',
    ],
    ['no reason on another class', ', reason: pre_marker', '', 'without a reason'],
    [
      'a condition that never holds',
      'root_marker: absent }',
      'root_marker: { not: [same, other, absent, unreadable] } }',
      'leaves no value',
    ],
    ['an anchor', 'port_range: outside }', 'port_range: &x outside }', 'anchors are not allowed'],
    [
      'an alias',
      'facts:\n  port_range: [sync, dashboard, outside]',
      'facts:\n  port_range: &p [sync, dashboard, outside]\n  responder: *p',
      'not allowed',
    ],
    ['a tag', 'port_range: outside }', 'port_range: !!str outside }', 'not allowed'],
    [
      'a merge key',
      'when: { root_marker: absent }',
      'when: { <<: { root_marker: absent } }',
      'unknown key `<<`',
    ],
    [
      'a vocabulary that says less',
      'owner_user: [same, other, unknown]',
      'owner_user: [same, other]',
      'must NOT have fewer than 3 items',
    ],
  ])('%s', (_name, from, to, message) => {
    expect(problemsAfter(from, to).join('\n')).toContain(message);
  });
  test('a billion laughs: refused, and not expanded', () => {
    const bomb = [
      'a: &a [x]',
      ...'bcdefghij'.split('').map(
        (name, index) =>
          `${name}: &${name} [${Array(9)
            .fill(`*${'abcdefghi'[index] ?? ''}`)
            .join()}]`,
      ),
    ];
    expect(problemsOf(bomb.join('\n')).join()).toContain('not allowed');
  });
  test.each(['', '[]', 'null', '- a', '\u0000', '{{{{', 'a: b: c'])('text that is no policy: %j', (text) => {
    expect(problemsOf(text)).not.toEqual([]);
  });
});

describe('a change that could end a life it must not', () => {
  test.each<readonly [string, string | RegExp, string, string]>([
    ['a condition dropped', '      root_marker: same\n', '', 'admits anything for `root_marker`'],
    [
      'a list widened',
      'recorded_singleton: no\n',
      'recorded_singleton: [no, unknown]\n',
      'admits no, unknown',
    ],
    [
      '`not` that admits unknown',
      'listener_pid: known\n',
      'listener_pid: { not: ambiguous }\n',
      'admits known, unknown',
    ],
    [
      'the live daemon no longer protected',
      'recorded_singleton: yes, responder: sync',
      'recorded_singleton: yes, responder: silent',
      'never touched',
    ],
    [
      'relayed answers handed to the operator',
      '{ class: never_touch, reason: relayed_answer }',
      '{ class: operator_required, reason: relayed_answer }',
      'another command line',
    ],
    [
      'third parties handed to the operator',
      '{ class: never_touch, reason: third_party }',
      '{ class: operator_required, reason: third_party }',
      'never touched',
    ],
    [
      'dashboards handed to the operator',
      '{ class: never_touch, reason: dashboard_family }',
      '{ class: operator_required, reason: dashboard_family }',
      'a dashboard is never touched',
    ],
    [
      'another range let in',
      '{ class: never_touch, reason: dashboard_range }',
      '{ class: operator_required, reason: dashboard_range }',
      'outside the sync range',
    ],
    [
      'a rule removed, so that the default is reached',
      /\n {2}- id: root-unreadable[^]*?\n\n/,
      '\n',
      'leave no state to the default',
    ],
  ])('%s', (_name, from, to, invariant) => {
    expect(problemsAfter(from, to).join('\n')).toContain(invariant);
  });
  test('reordered rules: the safe one before the one that guards the unknown', () => {
    const [, guard = '', safe = ''] =
      /(\n {2}- id: singleton-unknown[^]*?)(\n {2}# --- ours[^]*?\n\n)default/.exec(SHIPPED_TEXT) ?? [];
    const widened = safe.replace('recorded_singleton: no', 'recorded_singleton: [no, unknown]');
    const text = SHIPPED_TEXT.replace(guard + safe, `${widened}${guard}\n`);
    expect(problemsOf(text).join()).toContain('safe_auto needs every positive proof');
  });
});

import { describe, expect, test } from '@jest/globals';
import { manyRules, SHIPPED_TEXT } from '../builders/policy.js';
import { lineOf, problemsAfter, problemsOf } from './problems.js';

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
      '`dashbord` is not a value of `rules.2.when.responder` (did you mean `dashboard`?)',
    );
    expect(problem).toMatch(new RegExp(`^${lineOf('when: { responder: dashboard }')}:24 `));
    expect(more).toBeUndefined();
  });
  test('a misspelt value in a list', () => {
    expect(problemsAfter('root_marker: [other, absent', 'root_marker: [othr, absent')).toEqual([
      expect.stringContaining(
        '`othr` is not a value of `invariants.0.forbid.when.root_marker.0` (did you mean `other`?)',
      ),
    ]);
  });
  test('`yes` is a word and not a boolean as in YAML 1.1, and `true` is not a value', () => {
    expect(problemsAfter('recorded_singleton: yes,', 'recorded_singleton: true,')).toEqual([
      expect.stringContaining('`true` is not a value of `rules.3.when.recorded_singleton`'),
    ]);
  });
  test('an unknown class', () => {
    expect(problemsAfter('class: safe_auto }\n', 'class: safe }\n').join()).toContain(
      '`safe` is not a value of',
    );
  });
  test('a display fact (FR-003, FR-008)', () => {
    const [problem] = problemsAfter('root_marker: absent }', 'package_version: older }');
    expect(problem).toContain(
      '`package_version` in `rules.12.when` is a fact for display only, which never decides',
    );
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

describe('an invalid form', () => {
  test.each<readonly [string, string | RegExp, string, string]>([
    [
      'an empty condition (pitfall 39)',
      'when: { root_marker: absent }',
      'when: {}',
      '`rules.12.when` is empty',
    ],
    [
      'an empty list (pitfall 39)',
      'when: { root_marker: absent }',
      'when: { root_marker: [] }',
      '`rules.12.when.root_marker` is an empty list',
    ],
    ['a missing why', /\n {4}why: its release declared.*/, '', 'missing key `why` in `rules.12`'],
    ['a missing default', /\ndefault:.*/, '', 'missing key `default` in the policy'],
    [
      'a default that is not never_touch',
      'default: { class: never_touch',
      'default: { class: operator_required',
      '`operator_required` is not a value of `default.class` (the only valid value is `never_touch`)',
    ],
    ['a duplicate key', 'rules:\n', 'rules: []\nrules:\n', 'duplicate key'],
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
      'a value named twice',
      'spawn_shape: [other, unreadable], responder: foreign',
      'spawn_shape: [other, other], responder: foreign',
      '`rules.4.when.spawn_shape` names a value twice',
    ],
    [
      'a rule that is a word',
      'when: { root_marker: absent }',
      'when: absent',
      '`rules.12.when` has the wrong form (write a mapping',
    ],
    [
      'an id with a capital letter and a space',
      'id: pre-marker',
      'id: Pre Marker',
      '`rules.12.id` is not well formed',
    ],
    [
      'two invariants in one',
      '  - independent: owner_record',
      '  - independent: owner_record\n    reachable: { class: safe_auto }',
      '`invariants.1` must state exactly one invariant',
    ],
    ['a second document', 'default: {', '---\ndefault: {', 'a second document'],
    [
      'a merge key',
      'when: { root_marker: absent }',
      'when: { <<: { root_marker: absent } }',
      'unknown key `<<`',
    ],
    [
      'an incomplete vocabulary',
      'owner_user: [same, other, unknown]',
      'owner_user: [same, other]',
      '`facts.owner_user` lacks `unknown`',
    ],
  ])('%s', (_name, from, to, message) => {
    expect(problemsAfter(from, to).join('\n')).toContain(message);
  });
  test('a billion laughs: refused without being expanded', () => {
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
  test.each(['%YAML 1.1', '%TAG ! tag:x,2000:'])(
    'a directive, which changes the meaning of what follows: %s',
    (directive) => {
      expect(problemsOf(`${directive}\n---\n${SHIPPED_TEXT}`)).toEqual([
        expect.stringContaining('1:1 directives are not allowed'),
      ]);
    },
  );
  test.each(['[', '{a: ', '- ', '? '])('deep nesting: %j', (opening) => {
    expect(problemsOf(opening.repeat(2000))).toEqual([
      expect.stringMatching(/^1:\d+ nested deeper than 16 levels/),
    ]);
  });
  test('many errors: the first are reported', () => {
    expect(problemsOf(SHIPPED_TEXT.replaceAll('responder:', 'respnder:'))).toHaveLength(9);
    expect(problemsOf(`${SHIPPED_TEXT}${'more: 1\n'.repeat(50)}`)).toHaveLength(20);
  });
  test('more rules than can be proved', () => {
    expect(problemsAfter('rules:\n', `rules:\n${manyRules(1800)}`)).toEqual([
      expect.stringMatching(
        /^1:1 it cannot be proved: 1820 rules in 1179 states are more than 2000000 checks/,
      ),
    ]);
  });
  test.each(['', '[]', 'null', '- a', '\u0000', '{{{{', 'a: b: c'])(
    'text that is not a policy: %j',
    (text) => {
      expect(problemsOf(text)).not.toEqual([]);
    },
  );
});

import { describe, expect, test } from '@jest/globals';
import { SHIPPED_TEXT } from '../builders/policy.js';
import { lineOf, problemsAfter, problemsOf } from './problems.js';

describe('a change that could end a process wrongly is refused', () => {
  test.each<readonly [string, string | RegExp, string, string]>([
    ['a condition removed', '      root_marker: same\n', '', 'admits anything for `root_marker`'],
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
      'relayed answers made operator_required',
      '{ class: never_touch, reason: relayed_answer }',
      '{ class: operator_required, reason: relayed_answer }',
      'another command line',
    ],
    [
      'third-party listeners made operator_required',
      '{ class: never_touch, reason: third_party }',
      '{ class: operator_required, reason: third_party }',
      'never touched',
    ],
    [
      'unreadable third-party listeners left to a later rule',
      'spawn_shape: [other, unreadable], responder: foreign',
      'spawn_shape: other, responder: foreign',
      'a process that neither its command line nor its answer identifies is never touched',
    ],
    [
      'dashboards made operator_required',
      '{ class: never_touch, reason: dashboard_family }',
      '{ class: operator_required, reason: dashboard_family }',
      'a dashboard is never touched',
    ],
    [
      'another range made operator_required',
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
  test('two rules reordered: the problem is at the rule that now comes too early', () => {
    const [, guard = '', next = ''] =
      /(\n {2}- id: relayed-answer[^]*?)\n\n {2}# ---[^\n]*(\n {2}- id: other-user[^]*?)\n\n/.exec(
        SHIPPED_TEXT,
      ) ?? [];
    const text = SHIPPED_TEXT.replace(next, '').replace(guard, `${next}\n${guard}`);
    expect(problemsOf(text)).toEqual([
      expect.stringContaining(
        `${lineOf('- id: relayed-answer')}:5 rule \`other-user\` breaks the mandatory invariant`,
      ),
    ]);
  });
  test('rules reordered: the safe_auto rule before the rule for an unknown singleton', () => {
    const [, guard = '', safe = ''] =
      /(\n {2}- id: singleton-unknown[^]*?)(\n {2}# --- ours[^]*?\n\n)default/.exec(SHIPPED_TEXT) ?? [];
    const widened = safe.replace('recorded_singleton: no', 'recorded_singleton: [no, unknown]');
    const text = SHIPPED_TEXT.replace(guard + safe, `${widened}${guard}\n`);
    expect(problemsOf(text).join()).toContain('safe_auto needs every positive proof');
  });
});

describe("an invariant of the policy's own", () => {
  const withInvariant = (text: string): readonly string[] =>
    problemsOf(`${SHIPPED_TEXT}  - ${text}\n    why: so\n`);
  test.each([
    'forbid: { when: { responder: [silent, not_asked] }, class: safe_auto }',
    'independent: executable',
    'reachable: { class: operator_required, reason: pre_marker }',
  ])('holds: %s (FR-008)', (text) => {
    expect(withInvariant(text)).toEqual([]);
  });
  test('that several rules break is reported for each rule, with an example state', () => {
    const line = lineOf('- id: missing-pid');
    expect(withInvariant('forbid: { when: { listener_pid: unknown }, class: operator_required }')).toEqual(
      ['missing-pid', 'other-user', 'owner-unknown'].map((id): unknown =>
        expect.stringMatching(
          new RegExp(
            `^${lineOf(`- id: ${id}`)}:5 rule \`${id}\` breaks the invariant "so"; ` +
              'it gives operator_required \\(\\w+\\); for example: .*listener_pid=unknown',
          ),
        ),
      ),
    );
    expect(
      withInvariant(
        'forbid: { when: { listener_pid: unknown, owner_user: same, spawn_shape: { not: other } }, class: operator_required }',
      ),
    ).toEqual([expect.stringMatching(new RegExp(`^${line}:5 rule \`missing-pid\``))]);
  });
  test('of independence is broken by another class, and by another reason alone', () => {
    expect(withInvariant('independent: recorded_singleton').join()).toContain(
      'breaks the invariant "so": with `recorded_singleton: ',
    );
    const facts = /\nfacts:[^]*?\n\n/.exec(SHIPPED_TEXT)?.[0] ?? '';
    const touchNothing = `${facts}
rules:
  - { id: a, when: { owner_user: other }, then: { class: never_touch, reason: one }, why: so }
  - { id: b, when: { owner_user: { not: other } }, then: { class: never_touch, reason: another }, why: so }
default: { class: never_touch, reason: unclassified }
`;
    expect(problemsOf(touchNothing)).toEqual([]);
    expect(problemsOf(`${touchNothing}invariants: [{ independent: work, why: so }]\n`)).toEqual([]);
    expect(problemsOf(`${touchNothing}invariants: [{ independent: owner_user, why: so }]\n`)).toEqual([
      expect.stringContaining(
        'with `owner_user: other` it would give never_touch (one); it gives never_touch',
      ),
      expect.stringContaining('with `owner_user: same` it would give never_touch (another)'),
    ]);
  });
  test('of reachability is broken if no state reaches the verdict', () => {
    expect(withInvariant('reachable: { class: never_touch, reason: unclassified }')).toEqual([
      expect.stringMatching(/^144:5 no state reaches never_touch \(unclassified\): "so"/),
    ]);
  });
});

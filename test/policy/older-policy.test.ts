import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import type { DecidingVector } from '../../src/model/policy-facts.js';
import { decidingRule } from '../../src/policy/evaluate.js';
import { policyFromText } from '../../src/policy/load.js';
import { mutantsOf, scoreMutants } from '../../src/policy/test/mutation.js';
import { possibleStates } from '../../src/policy/vocabulary.js';
import { SHIPPED_TEXT } from '../builders/policy.js';

/** The shipped policy of 3.3.0: without the value `unfamiliar`, and without its rule. */
const OLDER_TEXT = SHIPPED_TEXT.replace(
  '[production, other, unreadable, unfamiliar]',
  '[production, other, unreadable]',
).replace(/ {2}- id: unknown-command-line\n(?: {4}.*\n)+\n/, '');
const states = possibleStates();

function load(text: string) {
  const loaded = policyFromText(text, 'older.yaml');
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems));
  return loaded.policy;
}

function problemsOf(text: string): readonly string[] {
  const loaded = policyFromText(text, 'older.yaml');
  return loaded.ok ? [] : loaded.problems.map(({ message, hint }) => `${message} (${String(hint)})`);
}

describe('a policy that is older than the value `unfamiliar`', () => {
  test('does not mention it', () => {
    expect(OLDER_TEXT).not.toMatch(/unfamiliar|unknown.command.line/);
    expect(parse(OLDER_TEXT)).toMatchObject({
      facts: { spawn_shape: ['production', 'other', 'unreadable'] },
    });
  });

  test('loads, is proved, and treats it like `other` in every state', () => {
    const policy = load(OLDER_TEXT);
    expect(policy.certificate).not.toBeNull();
    const unfamiliar = states.filter(({ spawn_shape: shape }) => shape === 'unfamiliar');
    expect(unfamiliar.length).toBeGreaterThan(20);
    for (const state of unfamiliar) {
      const before: DecidingVector = { ...state, spawn_shape: 'other' };
      expect(decidingRule(policy, state)?.id).toBe(decidingRule(policy, before)?.id);
    }
  });

  test('gives every other state the verdict of the shipped policy', () => {
    const [older, shipped] = [load(OLDER_TEXT), load(SHIPPED_TEXT)];
    for (const state of states.filter(({ spawn_shape: shape }) => shape !== 'unfamiliar'))
      expect(decidingRule(older, state)?.id).toBe(decidingRule(shipped, state)?.id);
  });

  test.each([
    ['{ spawn_shape: { not: [production, unreadable] }, responder: sync }', true],
    ['{ spawn_shape: { not: production }, responder: sync }', true],
    ['{ spawn_shape: { not: other }, responder: silent }', false],
  ])('a negation accepts it if it accepts `other`: %s', (when, accepts) => {
    const text = OLDER_TEXT.replace(
      'rules:\n',
      `rules:\n  - { id: x, when: ${when}, then: { class: never_touch, reason: x }, why: x }\n`,
    );
    expect(load(text).rules[0]?.atoms[0]?.values.includes('unfamiliar')).toBe(accepts);
  });

  test('an invariant about `other` holds for it too', () => {
    const forbid = 'forbid: { when: { spawn_shape: other, responder: sync }, class: never_touch }';
    const [problem] = problemsOf(
      OLDER_TEXT.replace('invariants:\n', `invariants:\n  - ${forbid}\n    why: so\n`),
    );
    expect(problem).toContain('breaks the invariant "so"');
    const states = 'forbid: { when: { spawn_shape: unfamiliar }, class: never_touch }';
    expect(
      problemsOf(OLDER_TEXT.replace('invariants:\n', `invariants:\n  - ${states}\n    why: so\n`)),
    ).toEqual([expect.stringContaining('`unfamiliar` is not in `facts.spawn_shape`')]);
  });

  test('is not asked for cases about a value that it cannot name', () => {
    const policy = load(OLDER_TEXT);
    const known = new Set(states.filter(({ spawn_shape: shape }) => shape !== 'unfamiliar'));
    const score = scoreMutants(policy, mutantsOf(policy), known);
    expect(score.survivors).toEqual([]);
    expect(score.killed).toBeGreaterThan(100);
  });

  test.each(['unfamiliar', '[other, unfamiliar]', '{ not: unfamiliar }', '{ not: [other, unfamiliar] }'])(
    'cannot name it before it lists it: %s',
    (value) => {
      const text = OLDER_TEXT.replace('when: { spawn_shape: unreadable }', `when: { spawn_shape: ${value} }`);
      expect(problemsOf(text)).toEqual([
        '`unfamiliar` is not in `facts.spawn_shape` (add it to `facts.spawn_shape`: without it, the policy treats it ' +
          'like another value)',
      ]);
    },
  );

  test('must list every value that 3.3.0 had', () => {
    for (const missing of ['production', 'other', 'unreadable']) {
      const values = ['production', 'other', 'unreadable', 'unfamiliar'].filter((value) => value !== missing);
      const text = SHIPPED_TEXT.replace(
        '[production, other, unreadable, unfamiliar]',
        `[${values.join(', ')}]`,
      );
      expect(problemsOf(text)).toEqual([
        expect.stringContaining(`\`facts.spawn_shape\` lacks \`${missing}\``),
      ]);
    }
  });
});

import { describe, expect, test } from '@jest/globals';
import type { DecidingVector } from '../../src/model/policy-facts.js';
import { whyImpossible } from '../../src/policy/vocabulary.js';
import type { Policy } from '../../src/model/verdict.js';
import type { CompiledPolicy } from '../../src/policy/policy.js';
import type { PolicyFinding } from '../../src/policy/finding.js';
import { compileText } from '../../src/policy/load.js';
import { frontierOf, provePolicy } from '../../src/policy/prove.js';
import { statesIn } from '../../src/policy/regions.js';
import { decidingRule } from '../../src/policy/evaluate.js';
import { SHIPPED_TEXT } from '../builders/policy.js';
import { change } from './diff/after.js';

const withInvariant = (text: string): string => `${SHIPPED_TEXT}  - ${text}\n    why: so\n`;

describe('a finding names the rule that decides each of its states', () => {
  test.each<readonly [string, string, number]>([
    [
      'the live daemon falls through to several rules',
      change('recorded_singleton: yes, responder: sync', 'recorded_singleton: yes, responder: silent'),
      3,
    ],
    [
      'states of several rules are forbidden',
      withInvariant('forbid: { when: { listener_pid: unknown }, class: operator_required }'),
      3,
    ],
    ['a fact decides in several rules', withInvariant('independent: owner_user'), 5],
    ['states reach the default', change(/ {2}- id: root-unreadable[^]*?\n\n/, ''), 1],
  ])('%s', async (_name, text, atLeast) => {
    const compiled = compiledFrom(text);
    const { findings } = await provePolicy(compiled);
    expect(new Set(findings.map(({ line }) => line)).size).toBeGreaterThanOrEqual(atLeast);
    for (const finding of findings) expectBlame(finding, compiled.policy);
  });

  test('the frontier', () => {
    const text = change('    when: { responder: dashboard }', '    when: { recorded_singleton: unknown }');
    const { policy } = compiledFrom(text.replace('      owner_user: same\n', ''));
    const frontier = frontierOf(policy);
    expect(frontier.length).toBeGreaterThan(5);
    for (const finding of frontier) expectBlame(finding, policy);
  });
});

test.each(['recorded_singleton', 'owner_user', 'responder'] as const)(
  'if `%s` must decide nothing, the other value in the message changes the verdict in every state of the finding',
  async (fact) => {
    const compiled = compiledFrom(withInvariant(`independent: ${fact}`));
    const { findings } = await provePolicy(compiled);
    expect(findings.length).toBeGreaterThan(3);
    for (const { message, about } of findings) {
      const [, value = '', verdict = ''] =
        new RegExp(`with \`${fact}: (\\w+)\` it would give ([\\w ()]+);`).exec(message) ?? [];
      for (const state of statesIn(about?.region ?? {})) {
        const other = { ...state, [fact]: value } as DecidingVector;
        expect([whyImpossible(other), verdictOn(other, compiled.policy)]).toEqual([null, verdict]);
        expect(verdictOn(state, compiled.policy)).not.toBe(verdict);
      }
    }
  },
);

function expectBlame({ line, message, about }: PolicyFinding, policy: Policy): void {
  const deciding = new Set(statesIn(about?.region ?? {}).map((state) => decidingRule(policy, state)));
  expect(deciding.size).toBe(1);
  const [rule = null] = deciding;
  expect(line).toBe(rule?.place.line ?? 1);
  expect(message).toContain(rule ? `rule \`${rule.id}\`` : 'the default');
}

function verdictOn(state: DecidingVector, policy: Policy): string {
  const { cleanupClass, reason } = decidingRule(policy, state) ?? policy.fallback;
  return reason === null ? cleanupClass : `${cleanupClass} (${reason})`;
}

function compiledFrom(text: string): CompiledPolicy {
  const compiled = compileText(text, 'p.yaml');
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.problems));
  return compiled.compiled;
}

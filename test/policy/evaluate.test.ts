import { describe, expect, test } from '@jest/globals';
import { possibleStates } from '../../src/policy/vocabulary.js';
import type { PolicyFacts } from '../../src/model/policy-facts.js';
import type { Policy } from '../../src/model/verdict.js';
import { evaluate, decidingRule } from '../../src/policy/evaluate.js';
import { nearestChanges } from '../../src/policy/explain.js';
import { seededRandom, shippedPolicy, withDisplayFacts } from '../builders/policy.js';

const policy = shippedPolicy();
const states = possibleStates();
const orphan = withDisplayFacts({
  port_range: 'sync',
  responder: 'sync',
  listener_pid: 'known',
  owner_user: 'same',
  spawn_shape: 'production',
  root_marker: 'same',
  self_report: 'matches',
  recorded_singleton: 'no',
});

describe('the engine and the second evaluator agree', () => {
  test('on a state that each rule decides', async () => {
    for (const rule of policy.rules) {
      const state = states.find((candidate) => decidingRule(policy, candidate)?.id === rule.id);
      expect(state).toBeDefined();
      if (!state) continue;
      const verdict = await evaluate(policy, withDisplayFacts(state));
      expect(verdict).toMatchObject({ rule: rule.id, cleanupClass: rule.cleanupClass, reason: rule.reason });
    }
  });
  test('on 500 states picked by seed, evaluated concurrently (pitfalls 38 and 40)', async () => {
    const random = seededRandom(20_260_630);
    const picked = Array.from({ length: 500 }, () => states[Math.floor(random() * states.length)]);
    const verdicts = await Promise.all(
      picked.map(async (state) => (state ? evaluate(policy, withDisplayFacts(state)) : undefined)),
    );
    for (const [index, state] of picked.entries()) {
      expect(verdicts[index]?.rule).toBe(state && decidingRule(policy, state)?.id);
    }
  });
});

describe('an invalid input or a failure gives the strictest verdict', () => {
  const cases: readonly (readonly [string, Record<string, unknown>])[] = [
    ['an undeclared value', { responder: 'syncd' }],
    ['a missing fact (pitfall 39)', { responder: undefined }],
    ['a value of another type', { listener_pid: ['known'] }],
    ['an undeclared value of a display fact', { work: 'busy' }],
    ['an undeclared fact', { sync_running: 'yes' }],
    ['a fact with the name of an inherited property', { toString: 'yes' }],
  ];
  test.each(cases)('%s', async (_name, change) => {
    const vector = { ...orphan, ...change } as unknown as PolicyFacts;
    expect(await evaluate(policy, vector)).toMatchObject({
      cleanupClass: 'never_touch',
      reason: 'invalid_facts',
    });
  });
  test('inherited facts', async () => {
    expect(await evaluate(policy, Object.create(orphan) as PolicyFacts)).toMatchObject({
      reason: 'invalid_facts',
    });
  });
  test('a rule without conditions, which the engine would always hold true (pitfall 39)', async () => {
    const [first, ...rest] = policy.rules;
    if (!first) throw new Error('no rules');
    const broken: Policy = {
      ...policy,
      rules: [{ ...first, cleanupClass: 'safe_auto', atoms: [] }, ...rest],
    };
    expect(await evaluate(broken, orphan)).toMatchObject({
      cleanupClass: 'never_touch',
      reason: 'evaluation_failed',
    });
  });
  test('two rules with one id, which the engine cannot distinguish', async () => {
    const rules = policy.rules.map((rule) =>
      rule.id === 'pre-marker' ? { ...rule, id: 'proven-orphan' } : rule,
    );
    expect(await evaluate({ ...policy, rules }, orphan)).toMatchObject({
      cleanupClass: 'never_touch',
      reason: 'evaluators_disagree',
      rule: null,
    });
  });
});

test.each(['error', 'success', 'failure'])(
  'a rule may have the name of an engine event as its id: %s',
  async (id) => {
    const rules = policy.rules.map((rule) => (rule.id === 'proven-orphan' ? { ...rule, id } : rule));
    expect(await evaluate({ ...policy, rules }, orphan)).toMatchObject({
      cleanupClass: 'safe_auto',
      rule: id,
    });
  },
);

describe('the trace', () => {
  test('has every rule in order, each with its first condition that failed', async () => {
    const { trace, rule } = await evaluate(policy, { ...orphan, recorded_singleton: 'unknown' });
    expect(rule).toBe('singleton-unknown');
    expect(trace.map(({ rule: id }) => id)).toEqual(policy.rules.map(({ id }) => id));
    expect(trace.map(({ line }) => line)).toEqual([...trace.map(({ line }) => line)].sort((a, b) => a - b));
    expect(trace.find(({ rule: id }) => id === 'live-daemon')).toMatchObject({
      held: false,
      failed: { fact: 'recorded_singleton', wanted: ['yes'], was: 'unknown' },
    });
    expect(trace.at(-1)).toMatchObject({
      rule: 'proven-orphan',
      failed: { fact: 'recorded_singleton', was: 'unknown' },
    });
  });
});

describe('the nearest change', () => {
  test('of a daemon of another root', () => {
    expect(nearestChanges(policy, { ...orphan, root_marker: 'other' })[0]).toEqual({
      cleanupClass: 'safe_auto',
      changes: [{ fact: 'root_marker', from: 'other', to: 'same' }],
    });
  });
  test('leads to the class it names, and no smaller change does', () => {
    for (const state of states.filter((_state, index) => index % 97 === 0)) {
      for (const { cleanupClass, changes } of nearestChanges(policy, state)) {
        const changed = Object.fromEntries(changes.map(({ fact, to }) => [fact, to]));
        expect(decidingRule(policy, { ...state, ...changed })?.cleanupClass).toBe(cleanupClass);
        const shorter = states.filter(
          (other) =>
            decidingRule(policy, other)?.cleanupClass === cleanupClass &&
            Object.entries(other).filter(([fact, value]) => state[fact as keyof typeof state] !== value)
              .length < changes.length,
        );
        expect(shorter).toEqual([]);
      }
    }
  });
});

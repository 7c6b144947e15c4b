import { describe, expect, test } from '@jest/globals';
import {
  DECIDING_FACT_NAMES,
  DECIDING_FACTS,
  type DecidingFact,
  type PolicyFacts,
} from '../../src/model/policy-facts.js';
import { judgeDashboard } from '../../src/policy/dashboard-rules.js';

type State = Readonly<Record<DecidingFact, string>>;

/** Every combination of values, also impossible ones: these rules are not restricted to possible states. */
function everyState(): readonly State[] {
  let states: Partial<Record<DecidingFact, string>>[] = [{}];
  for (const fact of DECIDING_FACT_NAMES)
    states = states.flatMap((state) => DECIDING_FACTS[fact].map((value) => ({ ...state, [fact]: value })));
  return states as State[];
}

const judge = (state: State) => judgeDashboard(state as unknown as PolicyFacts);
const PROVEN: State = {
  port_range: 'dashboard',
  responder: 'dashboard',
  listener_pid: 'known',
  owner_user: 'same',
  spawn_shape: 'production',
  root_marker: 'same',
  self_report: 'matches',
  recorded_singleton: 'no',
};

describe('the rules for dashboards, in every state', () => {
  const states = everyState();

  test('safe_auto is the one state in which every fact is positively proven', () => {
    const safe = states.filter((state) => judge(state).cleanupClass === 'safe_auto');
    expect(safe).toEqual([PROVEN]);
  });
  test("operator_required is given only to this user's dashboards of this project", () => {
    const asked = states.filter((state) => judge(state).cleanupClass === 'operator_required');
    expect(asked.length).toBeGreaterThan(50);
    for (const { port_range, root_marker, owner_user, spawn_shape } of asked)
      expect({ port_range, root_marker, owner_user, spawn_shape }).toEqual({
        port_range: 'dashboard',
        root_marker: 'same',
        owner_user: 'same',
        spawn_shape: 'production',
      });
  });
  test('the recorded dashboard is never touched if it answers', () => {
    for (const state of states.filter((one) => one.recorded_singleton === 'yes'))
      if (state.responder === 'dashboard') expect(judge(state).cleanupClass).toBe('never_touch');
  });
  test('the trace has the deciding rule, and for each earlier rule why it did not hold', () => {
    const { rule, trace } = judge({ ...PROVEN, root_marker: 'other' });
    expect(rule).toBe('of-another-project');
    const before = trace.slice(
      0,
      trace.findIndex(({ held }) => held),
    );
    expect(before).toHaveLength(6);
    for (const { failed } of before) expect(failed).not.toBeNull();
  });
});

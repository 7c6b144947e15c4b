import { describe, expect, test } from '@jest/globals';
import { possibleStates } from '../../src/policy/vocabulary.js';
import type { DecidingVector } from '../../src/model/policy-facts.js';
import { decidingRule } from '../../src/policy/evaluate.js';
import { shippedPolicy } from '../builders/policy.js';

/** The table in docs/policy.md, written a second time by hand as code: class and reason of every state. */
function byTheTable(s: DecidingVector): string {
  if (s.port_range === 'outside') return 'never_touch out_of_range';
  if (s.port_range === 'dashboard') return 'never_touch dashboard_range';
  if (s.responder === 'dashboard') return 'never_touch dashboard_family';
  if (s.recorded_singleton === 'yes' && s.responder === 'sync') return 'never_touch recorded_singleton';
  if (s.spawn_shape !== 'production') {
    if (s.responder === 'foreign') return 'never_touch third_party';
    if (s.responder !== 'sync') return 'never_touch not_spec_kitty';
    if (s.spawn_shape === 'other') return 'never_touch relayed_answer';
    if (s.spawn_shape === 'unfamiliar') return 'never_touch unknown_command_line';
  }
  if (s.owner_user !== 'same')
    return `operator_required ${s.owner_user === 'other' ? 'other_user' : 'owner_unknown'}`;
  if (s.listener_pid !== 'known') return 'operator_required missing_pid';
  if (s.spawn_shape === 'unreadable') return 'operator_required identity_unreadable';
  if (s.root_marker === 'absent') return 'operator_required pre_marker';
  if (s.root_marker === 'other') return 'operator_required cross_root';
  if (s.root_marker === 'unreadable') return 'operator_required root_unreadable';
  if (s.responder === 'silent' || s.responder === 'not_asked') return 'operator_required unresponsive';
  if (s.responder === 'foreign' || s.self_report === 'missing') return 'operator_required missing_identity';
  if (s.self_report === 'mismatch') return 'operator_required pid_port_mismatch';
  if (s.recorded_singleton === 'unknown') return 'operator_required singleton_unknown';
  return 'safe_auto null';
}

const policy = shippedPolicy();
const states = possibleStates();

describe('the shipped policy is the reviewed table', () => {
  test('in every possible state (FR-002)', () => {
    expect(states.length).toBeGreaterThan(1000);
    for (const state of states) {
      const rule = decidingRule(policy, state);
      expect({ state, verdict: `${rule?.cleanupClass ?? ''} ${String(rule?.reason)}` }).toEqual({
        state,
        verdict: byTheTable(state),
      });
    }
  });

  test('every rule decides some state, and the default none (pitfall 20)', () => {
    const deciding = new Set(states.map((state) => decidingRule(policy, state)?.id));
    expect(deciding).toEqual(new Set(policy.rules.map(({ id }) => id)));
  });

  test('exactly one state is safe_auto: each fact positively proven (FR-002, C-004)', () => {
    const safe = states.filter((state) => decidingRule(policy, state)?.cleanupClass === 'safe_auto');
    const proven = {
      port_range: 'sync',
      responder: 'sync',
      listener_pid: 'known',
      owner_user: 'same',
      spawn_shape: 'production',
      root_marker: 'same',
      self_report: 'matches',
      recorded_singleton: 'no',
    };
    expect(safe).toEqual([proven]);
  });
});

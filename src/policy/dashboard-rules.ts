import type { PolicyFacts } from '../model/policy-facts.js';
import type { Atom, CleanupClass, Policy, Rule, Verdict } from '../model/verdict.js';
import { firstFailure, holds } from './evaluate.js';

/**
 * Gives a listener of the dashboard range its verdict. These rules are code and not a policy file: a dashboard belongs
 * to one project, and only `spec-kitty dashboard` in this project retires the left-over dashboards, so an operator has
 * nothing to configure. A test enumerates every state.
 */
export function judgeDashboard(facts: PolicyFacts): Verdict {
  const { rules, fallback } = DASHBOARD_RULES;
  const deciding = rules.find((rule) => holds(rule, facts));
  const trace = rules.map((rule) => ({
    rule: rule.id,
    line: rule.place.line,
    cleanupClass: rule.cleanupClass,
    reason: rule.reason,
    held: holds(rule, facts),
    failed: firstFailure(rule, facts),
  }));
  return deciding
    ? { cleanupClass: deciding.cleanupClass, reason: deciding.reason, rule: deciding.id, trace }
    : { ...fallback, rule: null, trace };
}

const ANY_OTHER_THAN_DASHBOARD = ['sync', 'foreign', 'silent', 'not_asked'];

/**
 * Columns: rule id, conditions, class, reason, explanation. The first row whose conditions all hold decides. The rows
 * are in the order of the table in docs/dashboard.md.
 */
const TABLE: readonly (readonly [string, readonly Atom[], CleanupClass, string | null, string])[] = [
  [
    'out-of-range',
    [atom('port_range', 'sync', 'outside')],
    'never_touch',
    'out_of_range',
    'only [9237, 9337) is for dashboards',
  ],
  [
    'answers-as-sync',
    [atom('responder', 'sync')],
    'never_touch',
    'sync_family',
    'it answers as a sync daemon',
  ],
  [
    'live',
    [atom('recorded_singleton', 'yes'), atom('responder', 'dashboard')],
    'never_touch',
    'recorded_singleton',
    'the dashboard that the project uses',
  ],
  [
    'not-a-dashboard',
    [atom('spawn_shape', 'other', 'unfamiliar')],
    'never_touch',
    'third_party',
    'its command line is not that of a dashboard',
  ],
  [
    'not-readable',
    [atom('spawn_shape', 'unreadable')],
    'never_touch',
    'identity_unreadable',
    'its command line could not be read',
  ],
  [
    'of-another-user',
    [atom('owner_user', 'other', 'unknown')],
    'never_touch',
    'other_user',
    'it may belong to another user',
  ],
  [
    'of-another-project',
    [atom('root_marker', 'other')],
    'never_touch',
    'other_project',
    'only its own project retires it',
  ],
  [
    'project-not-known',
    [atom('root_marker', 'absent', 'unreadable')],
    'never_touch',
    'project_unreadable',
    'its project could not be determined',
  ],
  [
    'silent',
    [atom('responder', ...ANY_OTHER_THAN_DASHBOARD)],
    'operator_required',
    'unresponsive',
    'it belongs to this project, and no answer proves that it is still a dashboard',
  ],
  [
    'proves-nothing',
    [atom('self_report', 'missing')],
    'operator_required',
    'missing_identity',
    'it belongs to this project, and does not report its identity',
  ],
  [
    'contradicts-itself',
    [atom('self_report', 'mismatch')],
    'operator_required',
    'pid_port_mismatch',
    'it belongs to this project, and its report contradicts the kernel',
  ],
  [
    'perhaps-live',
    [atom('recorded_singleton', 'yes', 'unknown')],
    'operator_required',
    'singleton_unknown',
    'it may be the dashboard that the project uses',
  ],
  [
    'left-over',
    [
      atom('port_range', 'dashboard'),
      atom('responder', 'dashboard'),
      atom('listener_pid', 'known'),
      atom('owner_user', 'same'),
      atom('spawn_shape', 'production'),
      atom('root_marker', 'same'),
      atom('self_report', 'matches'),
      atom('recorded_singleton', 'no'),
    ],
    'safe_auto',
    null,
    'it belongs to this project, every fact is proven, and the project uses another',
  ],
];

export const DASHBOARD_RULES: Pick<Policy, 'source' | 'rules' | 'unlisted' | 'fallback'> = {
  source: 'built in',
  rules: TABLE.map(([id, atoms, cleanupClass, reason, why], index): Rule => {
    return { id, atoms, cleanupClass, reason, why, place: { line: index + 1, column: 1 } };
  }),
  unlisted: [],
  fallback: { cleanupClass: 'never_touch', reason: 'unclassified' },
};

function atom(fact: Atom['fact'], ...values: readonly string[]): Atom {
  return { fact, values };
}

import type { Policy } from '../model/verdict.js';
import { deadRules } from './checks/dead-rule.js';
import { redundantRules } from './checks/redundant-rule.js';
import { unusedReasons } from './checks/unused-reason.js';
import { decidersOf, type Deciders } from './deciders.js';
import type { PolicyFinding, PolicyResult } from './finding.js';
import { overBudget } from './limits.js';
import type { OpenedCompiled } from './open-compiled.js';

/** What a policy may say, and should not. Each has a page of its own: `docs/policy/<check>.md`. */
const CHECKS: readonly ((policy: Policy, deciders: Deciders) => readonly PolicyFinding[])[] = [
  deadRules,
  redundantRules,
  unusedReasons,
];

/** Whether a file is a policy (YAML, form, vocabulary, conditions that can hold), and whether its every rule matters. */
export function checkPolicy(opened: OpenedCompiled, file: string): PolicyResult {
  const result = { command: 'check', file } as const;
  if (!opened.ok) {
    const findings = opened.problems.map((problem): PolicyFinding => {
      return { ...problem, level: 'error', about: null };
    });
    // What is wrong with a file was found; where nobody could read it, the job was not done.
    const outcome = opened.problems.some(({ check }) => check === 'unread') ? 'failed' : 'found';
    return { ...result, sha256: null, outcome, summary: count(findings.length), findings };
  }
  const { policy } = opened.compiled;
  const { sha256 } = policy;
  const tooMuch = overBudget(policy.rules.length, 'rules');
  if (tooMuch !== null) {
    return {
      ...result,
      sha256,
      outcome: 'inconclusive',
      summary: `${tooMuch}: nothing was checked`,
      findings: [],
    };
  }
  const deciders = decidersOf(policy);
  const findings = CHECKS.flatMap((check) => check(policy, deciders)).toSorted(
    (one, other) => one.line - other.line,
  );
  return {
    ...result,
    sha256,
    outcome: findings.length > 0 ? 'found' : 'clean',
    summary:
      findings.length > 0 ? count(findings.length) : `${policy.rules.length} rules, and every one matters`,
    findings,
  };
}

function count(findings: number): string {
  return `${findings} ${findings === 1 ? 'problem' : 'problems'}`;
}

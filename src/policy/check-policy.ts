import type { PolicyResult } from './finding.js';
import type { OpenedCompiled } from './open-compiled.js';

/** Whether a policy file is one: YAML, form, vocabulary, and rules that can hold. */
export function checkPolicy(opened: OpenedCompiled, file: string): PolicyResult {
  const problems = opened.ok ? [] : opened.problems;
  return {
    command: 'check',
    file,
    sha256: opened.ok ? opened.compiled.policy.sha256 : null,
    outcome: problems.length > 0 ? 'found' : 'clean',
    summary: opened.ok
      ? `${opened.compiled.policy.rules.length} rules, well formed`
      : `${problems.length} ${problems.length === 1 ? 'problem' : 'problems'}`,
    findings: problems.map((problem) => ({ ...problem, check: 'refused', level: 'error', about: null })),
  };
}

import { possibleStates } from '../model/possible-states.js';
import { checkInvariants } from './check-invariants.js';
import type { PolicyResult } from './finding.js';
import type { CompiledPolicy } from './from-text.js';
import { MANDATORY_INVARIANTS } from './mandatory-invariants.js';

/** Whether a policy keeps every invariant, the mandatory ones and its own, in every possible state. */
export function provePolicy({ policy, invariants }: CompiledPolicy): PolicyResult {
  const problems = checkInvariants(policy, invariants);
  const all = MANDATORY_INVARIANTS.length + invariants.length;
  return {
    command: 'prove',
    file: policy.source,
    sha256: policy.sha256,
    outcome: problems.length > 0 ? 'found' : 'clean',
    summary:
      problems.length > 0
        ? `${problems.length} of ${all} invariants refuted`
        : `${all} invariants hold in all ${possibleStates().length} states`,
    findings: problems.map((problem) => ({
      ...problem,
      check: 'invariant',
      level: 'error',
      file: policy.source,
      about: null,
    })),
  };
}

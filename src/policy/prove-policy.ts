import { possibleStates } from '../model/possible-states.js';
import { aboutEach } from './about.js';
import { type Refutation, refutationsOf } from './check-invariants.js';
import { type EngineCheck, disagreements } from './cross-check.js';
import type { PolicyFinding, PolicyResult } from './finding.js';
import type { CompiledPolicy } from './compiled-policy.js';
import { overBudget } from './limits.js';
import { MANDATORY_INVARIANTS } from './mandatory-invariants.js';

/**
 * Whether a policy keeps every invariant, the mandatory ones and its own, in every possible state, and whether the rule
 * engine gives what was proved.
 */
export async function provePolicy(
  { policy, invariants }: CompiledPolicy,
  engineCheck: EngineCheck = 'sample',
): Promise<PolicyResult> {
  const { source: file, sha256 } = policy;
  const states = possibleStates().length;
  const result = { command: 'prove', file, sha256 } as const;
  const tooMuch = overBudget(policy.rules.length, 'rules');
  if (tooMuch !== null) {
    return { ...result, outcome: 'inconclusive', summary: `${tooMuch}: nothing was proved`, findings: [] };
  }
  const findings = [
    ...refutationsOf(policy, invariants).flatMap((refutation) => findingsFor(refutation, file)),
    ...(await disagreements(policy, engineCheck)),
  ];
  const all = MANDATORY_INVARIANTS.length + invariants.length;
  const engine = engineCheck === 'all' ? 'in each of them' : 'in a sample of them';
  return {
    ...result,
    outcome: findings.length > 0 ? 'found' : 'clean',
    summary:
      findings.length > 0
        ? `${findings.length} ${findings.length === 1 ? 'finding' : 'findings'} in ${states} states`
        : `${all} invariants hold in all ${states} states; the rule engine agrees ${engine}`,
    findings,
  };
}

/** One for each region of the states that refute it. */
function findingsFor({ states, ...refutation }: Refutation, file: string): readonly PolicyFinding[] {
  const finding = { ...refutation, level: 'error', file } as const;
  if (states.length === 0) return [{ ...finding, about: null }];
  return aboutEach(states).map((about) => ({ ...finding, about }));
}

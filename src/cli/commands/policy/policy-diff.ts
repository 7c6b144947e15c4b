import { readAcknowledged } from '../../../policy/diff/acknowledged.js';
import { diffPolicies } from '../../../policy/diff/diff-policies.js';
import type { DiffResult, FailOn } from '../../../policy/diff/diff-result.js';
import { beside, type FileName, fileName, policyName } from '../../../policy/file-name.js';
import { openCompiled, openCompiledAt } from '../../../policy/open-compiled.js';
import type { ExitCode } from '../../exit-codes.js';
import { finishOne, type OutputOptions, type Refused } from './finish.js';

export interface PolicyDiffOptions extends OutputOptions {
  readonly against?: string;
  readonly failOn: FailOn;
}

/** `spec-kitty policy diff OLD NEW`, or `--against REF [FILE]`: what a change of the policy means. */
export async function policyDiff(files: readonly string[], options: PolicyDiffOptions): Promise<ExitCode> {
  const { against, failOn } = options;
  const [old = '', next] = against === undefined ? files : ['', ...files];
  const before = against === undefined ? fileName(old) : { ref: against };
  const file = policyName(next);
  return finishOne('diff', file, diff(before, file, failOn), options);
}

/** What to compare with: another file, or the same one as a commit has it. */
export type Before = FileName | { readonly ref: string };

export function diff(before: Before, file: FileName, failOn: FailOn): DiffResult | Refused {
  const was = 'ref' in before ? openCompiledAt(before.ref, file) : openCompiled(before);
  const is = openCompiled(file);
  const acknowledged = readAcknowledged(beside(file, 'acknowledged.yaml'));
  if (was.ok && is.ok && acknowledged.ok) {
    return diffPolicies(was.compiled, is.compiled, acknowledged.acknowledgements, failOn);
  }
  return { problems: [is, was, acknowledged].flatMap((read) => (read.ok ? [] : read.problems)) };
}

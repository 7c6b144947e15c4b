import { checkPolicy } from '../../../policy/check-policy.js';
import type { PolicyResult } from '../../../policy/finding.js';
import { type FileName, policyName } from '../../../policy/file-name.js';
import { openCompiled } from '../../../policy/open-compiled.js';
import { provePolicy } from '../../../policy/prove-policy.js';
import type { ExitCode } from '../../exit-codes.js';
import { finish, type OutputOptions, type Refused, refusedResult } from './finish.js';
import { diff } from './policy-diff.js';
import { testFile } from './policy-test.js';

export interface PolicyCiOptions extends OutputOptions {
  readonly against?: string;
}

/** `spec-kitty policy ci [FILE]`: everything that a reviewer wants to know of a policy, as one report. */
export async function policyCi(given: string | undefined, options: PolicyCiOptions): Promise<ExitCode> {
  return finish(await resultsFor(policyName(given), options.against), options);
}

async function resultsFor(file: FileName, against: string | undefined): Promise<readonly PolicyResult[]> {
  const opened = openCompiled(file);
  const check = checkPolicy(opened, file.shown);
  if (!opened.ok) {
    const others =
      against === undefined ? (['prove', 'test'] as const) : (['prove', 'test', 'diff'] as const);
    return [check, ...others.map((command) => notDone(command, file))];
  }
  return [
    check,
    await provePolicy(opened.compiled),
    asResult('test', file, await testFile(file, null)),
    ...(against === undefined ? [] : [asResult('diff', file, diff({ ref: against }, file, 'loosened'))]),
  ];
}

/** What is wrong with the file was said by the check. */
function notDone(command: PolicyResult['command'], { shown }: FileName): PolicyResult {
  const summary = 'the job was not done: the file is no policy';
  return { command, file: shown, sha256: null, outcome: 'failed', summary, findings: [] };
}

function asResult(
  command: 'test' | 'diff',
  { shown }: FileName,
  answer: PolicyResult | Refused,
): PolicyResult {
  return 'problems' in answer ? refusedResult(command, shown, answer) : answer;
}

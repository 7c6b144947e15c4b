import type { PolicyProblem } from '../../policy/problem.js';
import type { Failure } from '../failure.js';
import type { ExplainTarget } from './explain-target.js';

/** Why `auth doctor` could not do its job, each with its next step. */

export function policyFailure(problems: readonly PolicyProblem[]): Failure {
  const lines = problems.map(({ file, line, column, message }) => `${file}:${line}:${column}: ${message}`);
  return {
    message: `the policy cannot be used\n${lines.join('\n')}`,
    nextStep: problems[0]?.hint ?? 'mend the policy, or leave out `--policy` to use the shipped one',
  };
}

export function nothingThere(target: ExplainTarget): Failure {
  const what =
    'port' in target ? `nothing listens on port ${target.port}` : `PID ${target.pid} listens on no sync port`;
  return { message: what, nextStep: 'run `spec-kitty auth doctor` to see what is there' };
}

export function unusableFacts(path: string, why: string): Failure {
  return {
    message: `cannot use the saved facts \`${path}\`: ${why}`,
    nextStep: 'save them anew with `spec-kitty auth doctor --save-facts FILE`',
  };
}

import { checkPolicy } from '../../../policy/check-policy.js';
import { policyName } from '../../../policy/file-name.js';
import { openCompiled } from '../../../policy/open-compiled.js';
import type { ExitCode } from '../../exit-codes.js';
import { finish, finishOne, type OutputOptions } from './finish.js';

/** `spec-kitty policy check [FILE]`: whether it is a policy, and one whose every rule matters. */
export async function policyCheck(given: string | undefined, options: OutputOptions): Promise<ExitCode> {
  const file = policyName(given);
  const opened = openCompiled(file);
  // What is wrong in a file was found; where there is none to look into, the job was not done.
  const isUnread = !opened.ok && opened.problems.some(({ check }) => check === 'file');
  if (isUnread) return finishOne('check', file, opened, options);
  return finish([checkPolicy(opened, file.shown)], options);
}

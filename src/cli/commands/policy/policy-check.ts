import { checkPolicy } from '../../../policy/check-policy.js';
import { policyName } from '../../../policy/file-name.js';
import { openCompiled } from '../../../policy/open-compiled.js';
import type { ExitCode } from '../../exit-codes.js';
import { finish, finishOne, type OutputOptions } from './finish.js';

/** `spec-kitty policy check [FILE]`: whether it is a policy, and one whose every rule matters. */
export async function policyCheck(given: string | undefined, options: OutputOptions): Promise<ExitCode> {
  const file = policyName(given);
  const opened = openCompiled(file);
  const checked = checkPolicy(opened, file.shown);
  return checked.outcome === 'failed' && !opened.ok
    ? finishOne('check', file, opened, options)
    : finish([checked], options);
}

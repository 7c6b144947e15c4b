import { canonical } from '../../../policy/canonical.js';
import { policyName } from '../../../policy/file-name.js';
import { openCompiled } from '../../../policy/open-compiled.js';
import { readPolicyFile } from '../../../policy/read-policy-file.js';
import { rewriteFile } from '../../../system/write/write-file.js';
import { EXIT, type ExitCode } from '../../exit-codes.js';
import { reportFailure } from '../../failure.js';
import { print } from '../../print.js';
import { reportRefused } from './finish.js';

/** `spec-kitty policy fmt [FILE]`: the same policy in one layout; what it means, and its comments, stay. */
export function policyFmt(given: string | undefined, { check }: { readonly check?: true }): ExitCode {
  const file = policyName(given);
  const opened = openCompiled(file);
  if (!opened.ok) return reportRefused('fmt', opened, false);
  const read = readPolicyFile(file.path);
  if (!read.ok) return reportFailure({ message: read.message, nextStep: 'try it again' }, false);
  const text = canonical(read.text);
  if (text === read.text) return EXIT.done;
  if (check) {
    print(`${file.shown} is not in canonical layout: run \`spec-kitty policy fmt ${file.shown}\`\n`);
    return EXIT.attention;
  }
  const trouble = rewriteFile(file.path, text);
  if (trouble === null) return EXIT.done;
  return reportFailure(
    { message: `cannot write ${file.shown}: ${trouble}`, nextStep: 'make it writable' },
    false,
  );
}

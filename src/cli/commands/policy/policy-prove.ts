import { frontierOf } from '../../../policy/frontier.js';
import { policyName } from '../../../policy/file-name.js';
import { openCompiled } from '../../../policy/open-compiled.js';
import { provePolicy } from '../../../policy/prove-policy.js';
import { certify } from '../../../policy/certificate.js';
import { writePrivateFile } from '../../../system/write/write-file.js';
import { formatJson } from '../../../report/formats/json.js';
import { EXIT, type ExitCode } from '../../exit-codes.js';
import { reportFailure } from '../../failure.js';
import { finish, finishOne, type OutputOptions } from './finish.js';

export interface PolicyProveOptions extends OutputOptions {
  readonly crossCheck?: true;
  readonly frontier?: true;
  readonly certificate?: string;
}

/** `spec-kitty policy prove [FILE]`: whether it keeps every invariant in every possible state. */
export async function policyProve(given: string | undefined, options: PolicyProveOptions): Promise<ExitCode> {
  const file = policyName(given);
  const opened = openCompiled(file);
  if (!opened.ok) return finishOne('prove', file, opened, options);
  const { compiled } = opened;
  const check = options.crossCheck ? 'all' : 'sample';
  const proved = await provePolicy(compiled, check);
  const notes = options.frontier ? frontierOf(compiled.policy) : [];
  const exitCode = await finish([{ ...proved, findings: [...proved.findings, ...notes] }], options);
  if (options.certificate === undefined || proved.outcome !== 'clean') return exitCode;
  const certificate = certify(compiled, options.crossCheck ? 'all states' : 'a sample of states');
  const trouble = writePrivateFile(options.certificate, formatJson(certificate));
  if (trouble === null) return EXIT.done;
  const message = `cannot write the certificate to ${options.certificate}: ${trouble}`;
  return reportFailure({ message, nextStep: 'name a file that can be written' }, false);
}

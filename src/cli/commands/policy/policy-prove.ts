import { frontierOf } from '../../../policy/frontier.js';
import { policyName } from '../../../policy/file-name.js';
import { openCompiled } from '../../../policy/open-compiled.js';
import { provePolicy } from '../../../policy/prove-policy.js';
import { factsOf } from '../../../policy/witness-facts.js';
import { certify } from '../../../policy/certificate.js';
import { writePrivateFile } from '../../../system/write/write-file.js';
import { formatJson } from '../../../report/formats/json.js';
import type { ExitCode } from '../../exit-codes.js';
import { type Failure, reportFailure } from '../../failure.js';
import { finish, finishOne, type OutputOptions } from './finish.js';

export interface PolicyProveOptions extends OutputOptions {
  readonly crossCheck?: true;
  readonly frontier?: true;
  readonly certificate?: string;
  readonly witness?: string;
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
  const [witness] = proved.findings.flatMap(({ about }) => about?.witness ?? []);
  const trouble =
    (options.witness !== undefined && witness ? write('witness', options.witness, factsOf(witness)) : null) ??
    (options.certificate !== undefined && proved.outcome === 'clean'
      ? write(
          'certificate',
          options.certificate,
          certify(compiled, options.crossCheck ? 'all states' : 'a sample of states'),
        )
      : null);
  return trouble === null ? exitCode : reportFailure(trouble, false);
}

function write(what: string, path: string, document: object): Failure | null {
  const trouble = writePrivateFile(path, formatJson(document));
  if (trouble === null) return null;
  return {
    message: `cannot write the ${what} to ${path}: ${trouble}`,
    nextStep: 'name a file that can be written',
  };
}

import schema from '../../../../schemas/policy.schema.json' with { type: 'json' };
import { formatJson } from '../../../report/formats/json.js';
import { EXIT, type ExitCode } from '../../exit-codes.js';
import { print } from '../../print.js';

/** `spec-kitty policy schema`: what an editor completes and checks a policy by. */
export function policySchema(): ExitCode {
  print(formatJson(schema));
  return EXIT.done;
}

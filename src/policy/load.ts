import { createHash } from 'node:crypto';
import type { Policy } from '../model/verdict.js';
import { packagePath } from '../system/observe/package-path.js';
import { checkInvariants } from './check-invariants.js';
import { checkSchema } from './check-schema.js';
import { compile } from './compile.js';
import { parseYaml } from './parse-yaml.js';
import { type PolicyProblem, TOP } from './problem.js';
import { readPolicyFile } from './read-policy-file.js';

export type LoadedPolicy =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/**
 * Loads a policy that may be acted on: read, parsed, checked against the schema and the vocabulary, compiled, and
 * proved to keep every invariant over every possible state.
 * @param path the operator's own file, or null for the shipped policy
 */
export function loadPolicy(path: string | null): LoadedPolicy {
  const file = readPolicyFile(path ?? packagePath(SHIPPED), path !== null);
  if (!file.ok) {
    const { message, hint } = file;
    return { ok: false, problems: [{ file: path ?? SHIPPED, ...TOP, message, hint }] };
  }
  return path === null ? policyFromText(file.text, 'shipped', SHIPPED) : policyFromText(file.text, path);
}

const SHIPPED = 'policy/sync.yaml';

/** Mending the first ones brings out the rest. */
const MOST_PROBLEMS = 20;

/** The same for a text. `source` is what reports call the policy, and `file` what messages about it do. */
export function policyFromText(text: string, source: string, file = source): LoadedPolicy {
  const located = (problems: readonly Omit<PolicyProblem, 'file'>[]): LoadedPolicy => ({
    ok: false,
    problems: problems.slice(0, MOST_PROBLEMS).map((problem) => ({ file, ...problem })),
  });
  const yaml = parseYaml(text);
  if (!yaml.ok) return located(yaml.problems);
  const checked = checkSchema(yaml.document);
  if (!checked.ok) return located(checked.problems);
  const compiled = compile(checked.source, yaml.document);
  if (!compiled.ok) return located(compiled.problems);

  const sha256 = createHash('sha256').update(text).digest('hex');
  const policy: Policy = { source, sha256, rules: compiled.rules, fallback: compiled.fallback };
  const broken = checkInvariants(policy, compiled.invariants);
  return broken.length > 0 ? located(broken) : { ok: true, policy };
}

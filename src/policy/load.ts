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
  const file = readPolicyFile(path ?? packagePath('policy/sync.yaml'), path !== null);
  if (!file.ok) return { ok: false, problems: [{ file: path ?? 'policy', ...TOP, ...file }] };
  return policyFromText(file.text, path ?? 'shipped');
}

/** The same for a text. `source` is what the policy is called in messages and reports. */
export function policyFromText(text: string, source: string): LoadedPolicy {
  const located = (problems: readonly Omit<PolicyProblem, 'file'>[]): LoadedPolicy => ({
    ok: false,
    problems: problems.map((problem) => ({ file: source, ...problem })),
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

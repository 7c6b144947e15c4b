import type { Policy } from '../model/verdict.js';
import { checkInvariants } from './check-invariants.js';
import { checkSchema } from './check-schema.js';
import { compile } from './compile.js';
import { parseYaml } from './parse-yaml.js';
import type { PolicyProblem } from './problem.js';
import { sha256Of } from './read-policy-file.js';

export type LoadedPolicy =
  | { readonly ok: true; readonly policy: Policy }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/** Mending the first ones brings out the rest. */
const MOST_PROBLEMS = 20;

/**
 * Makes a policy that may be acted on of its text: parsed, checked against the schema and the vocabulary, compiled, and
 * proved to keep every invariant over every possible state.
 * @param source what reports call it
 * @param file what messages about it call it
 */
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

  const policy: Policy = {
    source,
    sha256: sha256Of(text),
    rules: compiled.rules,
    fallback: compiled.fallback,
  };
  const broken = checkInvariants(policy, compiled.invariants);
  return broken.length > 0 ? located(broken) : { ok: true, policy };
}

import type { Policy } from '../model/verdict.js';
import { checkInvariants } from './check-invariants.js';
import { certify } from './certificate.js';
import { compile } from './compile.js';
import type { CompiledPolicy } from './compiled-policy.js';
import { POLICY } from './file-kind.js';
import { overBudget } from './limits.js';
import { type PolicyProblem, TOP } from './problem.js';
import { sha256Of } from './sha256-of.js';
import { readYaml } from './read-yaml.js';
import type { PolicySource } from './source.js';

export type LoadedPolicy = { readonly ok: true; readonly policy: Policy } | RefusedPolicy;

interface RefusedPolicy {
  readonly ok: false;
  readonly problems: readonly PolicyProblem[];
}

/** Mending the first ones brings out the rest. */
const MOST_PROBLEMS = 20;

/**
 * Makes a policy that may be acted on of its text: parsed, checked against the schema and the vocabulary, compiled, and
 * proved to keep every invariant over every possible state.
 * @param source what reports call it
 * @param file what messages about it call it
 */
export function policyFromText(text: string, source: string, file = source): LoadedPolicy {
  const compiled = compileText(text, source, file);
  if (!compiled.ok) return compiled;
  const { policy, invariants } = compiled.compiled;
  const tooMuch = overBudget(policy.rules.length, 'rules');
  if (tooMuch !== null) {
    const message = `it cannot be proved: ${tooMuch}`;
    return refused([{ ...TOP, check: 'too-many-rules', message, hint: 'say the same in fewer rules' }], file);
  }
  const broken = checkInvariants(policy, invariants);
  if (broken.length > 0) return refused(broken, file);
  return { ok: true, policy: { ...policy, certificate: certify(compiled.compiled, 'no state yet') } };
}

/** Parses, checks against schema and vocabulary, and compiles; invariants are left to whoever needs them kept. */
export function compileText(
  text: string,
  source: string,
  file = source,
): { readonly ok: true; readonly compiled: CompiledPolicy } | RefusedPolicy {
  const yaml = readYaml<PolicySource>(text, POLICY);
  if (!yaml.ok) return refused(yaml.problems, file);
  const compiled = compile(yaml.source, yaml.document);
  if (!compiled.ok) return refused(compiled.problems, file);
  const { rules, fallback, invariants } = compiled;
  const policy = { source, sha256: sha256Of(text), rules, fallback, certificate: null };
  return { ok: true, compiled: { policy, invariants } };
}

function refused(problems: readonly Omit<PolicyProblem, 'file'>[], file: string): RefusedPolicy {
  return { ok: false, problems: problems.slice(0, MOST_PROBLEMS).map((problem) => ({ file, ...problem })) };
}

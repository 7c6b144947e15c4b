import type { Certificate, Policy, PolicyHandle } from '../model/verdict.js';
import { readBoundedFile } from '../system/observe/bounded-file.js';
import { packagePath } from '../system/observe/package-path.js';
import { SHIPPED } from './file-name.js';
import { fileProblem, type PolicyProblem } from './problem.js';
import { readPolicyFile, sha256Of } from './read-policy-file.js';

export type OpenedPolicy =
  | { readonly ok: true; readonly policy: PolicyHandle }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/** Written by `tools/build.mjs`. */
const COMPILED = 'dist/shipped-policy.json';
const CERTIFICATE = 'dist/policy-certificate.json';
const LONGEST_BUILT = 256 * 1024;

/**
 * Opens a policy. The operator's own is parsed and proved at once. The shipped one was proved by the build, and is read
 * only when there is somebody to judge: parser and schema cost more than everything else on an empty range.
 * @param path the operator's own file, or null for the shipped policy
 */
export async function openPolicy(path: string | null): Promise<OpenedPolicy> {
  const file = readPolicyFile(path ?? packagePath(SHIPPED), path !== null);
  if (!file.ok) return { ok: false, problems: [fileProblem(path ?? SHIPPED, file)] };
  if (path === null) return { ok: true, policy: shippedPolicy(file.text) };
  const { policyFromText } = await import('./from-text.js');
  const loaded = policyFromText(file.text, path);
  if (!loaded.ok) return loaded;
  const { policy } = loaded;
  return { ok: true, policy: { ...policy, compiled: () => Promise.resolve(policy) } };
}

function shippedPolicy(text: string): PolicyHandle {
  const built = builtPolicy(text);
  if (built)
    return { ...built, compiled: () => Promise.resolve({ ...built, certificate: certificateOfBuild() }) };
  let policy: Promise<Policy> | undefined;
  const load = async (): Promise<Policy> => {
    const { compileText } = await import('./from-text.js');
    const loaded = compileText(text, 'shipped', SHIPPED);
    if (!loaded.ok) throw new Error(`the shipped policy is broken: ${JSON.stringify(loaded.problems)}`);
    return loaded.compiled.policy;
  };
  return { source: 'shipped', sha256: sha256Of(text), compiled: () => (policy ??= load()) };
}

/** What the build made of the shipped policy, if it was made of this very text; as trustworthy as the code beside it. */
function builtPolicy(text: string): Policy | null {
  const file = readBoundedFile(packagePath(COMPILED), LONGEST_BUILT);
  if (file.kind !== 'read') return null;
  const built = JSON.parse(file.text) as { readonly text: string; readonly policy: Policy };
  return built.text === text ? built.policy : null;
}

/** What the build proved. Whether it is of this policy is asked before anything is done under it. */
function certificateOfBuild(): Certificate | null {
  const file = readBoundedFile(packagePath(CERTIFICATE), LONGEST_BUILT);
  return file.kind === 'read' ? (JSON.parse(file.text) as Certificate) : null;
}

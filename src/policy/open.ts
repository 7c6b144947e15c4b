import type { Policy, PolicyHandle } from '../model/verdict.js';
import { readBoundedFile } from '../system/observe/bounded-file.js';
import { packagePath } from '../system/observe/package-path.js';
import { type PolicyProblem, TOP } from './problem.js';
import { readPolicyFile, sha256Of } from './read-policy-file.js';

export type OpenedPolicy =
  | { readonly ok: true; readonly policy: PolicyHandle }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

const SHIPPED = 'policy/sync.yaml';
/** Written by `tools/build.mjs`. */
const PROVED = 'dist/shipped-policy.json';
const LONGEST_PROVED = 256 * 1024;

/**
 * Opens a policy. The operator's own is parsed and proved at once. The shipped one was proved by the build, and is read
 * only when there is somebody to judge: parser and schema cost more than everything else on an empty range.
 * @param path the operator's own file, or null for the shipped policy
 */
export async function openPolicy(path: string | null): Promise<OpenedPolicy> {
  const file = readPolicyFile(path ?? packagePath(SHIPPED), path !== null);
  if (!file.ok) {
    const { message, hint } = file;
    return { ok: false, problems: [{ file: path ?? SHIPPED, ...TOP, message, hint }] };
  }
  if (path === null) return { ok: true, policy: shippedPolicy(file.text) };
  const { policyFromText } = await import('./from-text.js');
  const loaded = policyFromText(file.text, path);
  if (!loaded.ok) return loaded;
  const { policy } = loaded;
  return { ok: true, policy: { ...policy, compiled: () => Promise.resolve(policy) } };
}

function shippedPolicy(text: string): PolicyHandle {
  const proved = provedByBuild(text);
  if (proved) return { ...proved, compiled: () => Promise.resolve(proved) };
  let policy: Promise<Policy> | undefined;
  const load = async (): Promise<Policy> => {
    const { policyFromText } = await import('./from-text.js');
    const loaded = policyFromText(text, 'shipped', SHIPPED);
    if (!loaded.ok) throw new Error(`the shipped policy is broken: ${JSON.stringify(loaded.problems)}`);
    return loaded.policy;
  };
  return { source: 'shipped', sha256: sha256Of(text), compiled: () => (policy ??= load()) };
}

/** What the build made of the shipped policy, if it was made of this very text; as trustworthy as the code beside it. */
function provedByBuild(text: string): Policy | null {
  const file = readBoundedFile(packagePath(PROVED), LONGEST_PROVED);
  if (file.kind !== 'read') return null;
  const proved = JSON.parse(file.text) as { readonly text: string; readonly policy: Policy };
  return proved.text === text ? proved.policy : null;
}

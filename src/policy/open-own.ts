import { distrust } from './file-trust.js';
import type { OpenedPolicy } from './opened-policy.js';
import { fileProblem } from './problem.js';
import { readPolicyFile } from './read-policy-file.js';

/**
 * Opens the operator's own policy, which decides whether processes die: refused where others could have written it, then
 * parsed and proved.
 */
export async function openOwnPolicy(path: string): Promise<OpenedPolicy> {
  const file = readPolicyFile(path);
  if (!file.ok) return { ok: false, problems: [fileProblem(path, file)] };
  const found = distrust(path, file);
  if (found) return { ok: false, problems: [fileProblem(path, found)] };
  const { policyFromText } = await import('./from-text.js');
  const loaded = policyFromText(file.text, path);
  if (!loaded.ok) return loaded;
  const { policy } = loaded;
  return { ok: true, policy: { ...policy, compiled: () => Promise.resolve(policy) } };
}

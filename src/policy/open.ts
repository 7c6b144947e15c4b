import type { Certificate, Policy, PolicyHandle } from '../model/verdict.js';
import { readPackageFile } from '../system/observe/package-path.js';
import { errorCode } from '../system/observe/system-error.js';
import { SHIPPED } from './file-name.js';
import type { OpenedPolicy } from './opened-policy.js';
import { fileProblem } from './problem.js';
import { sha256Of } from './sha256-of.js';

/** Written by `tools/build.mjs`. */
const COMPILED = 'dist/shipped-policy.json';
const CERTIFICATE = 'dist/policy-certificate.json';

/**
 * Opens a policy. The operator's own is parsed and proved at once. The shipped one was proved by the build, and is
 * parsed only where that was of another text: parser and schema cost more than everything else on an empty range.
 * @param path the operator's own file, or null for the shipped policy
 */
export async function openPolicy(path: string | null): Promise<OpenedPolicy> {
  if (path !== null) return (await import('./open-own.js')).openOwnPolicy(path);
  try {
    const text = readPackageFile(SHIPPED);
    return text === null ? refuse('ENOENT') : { ok: true, policy: shippedPolicy(text) };
  } catch (error) {
    return refuse(errorCode(error));
  }
}

function refuse(why: string): OpenedPolicy {
  const message = `it cannot be read: ${why}`;
  const problem = { check: 'unread', message, hint: 'install spec-kitty again' } as const;
  return { ok: false, problems: [fileProblem(SHIPPED, problem)] };
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
  const built = readBuilt(COMPILED) as { readonly text: string; readonly policy: Policy } | null;
  return built?.text === text ? built.policy : null;
}

/** What the build proved. Whether it is of this policy is asked before anything is done under it. */
function certificateOfBuild(): Certificate | null {
  return readBuilt(CERTIFICATE) as Certificate | null;
}

/** What cannot be used is as good as none: the policy is then compiled anew, and nothing is done under it. */
function readBuilt(relative: string): unknown {
  try {
    return JSON.parse(readPackageFile(relative) ?? 'null');
  } catch {
    return null;
  }
}

import type { Observer } from '../machine/machine.js';
import { errorCode } from '../model/system-error.js';
import type { Certificate, Policy, PolicyHandle } from '../model/verdict.js';
import { certify, sha256Of } from './certificate.js';
import { compile } from './compile.js';
import { fileTrustIssue } from './file-trust.js';
import { fileProblem, overBudget, type PolicyProblem, TOP } from './finding.js';
import { checkInvariants } from './invariants.js';
import type { CompiledPolicy, PolicySource } from './policy.js';
import { readYaml } from './read-yaml.js';
import { POLICY } from './schema.js';
import {
  type FileName,
  MAX_POLICY_BYTES,
  NO_FOLDER,
  NOT_UTF8,
  type PolicyText,
  readPolicyFile,
  refuse,
  SHIPPED,
} from './source-file.js';

/** Files of the build (`tools/build.mjs`): the compiled shipped policy, and its certificate. */
const COMPILED = 'dist/shipped-policy.json';
const CERTIFICATE = 'dist/policy-certificate.json';

/**
 * Opens a policy under which daemons may be ended. The operator's own policy is parsed and proved by this call. The
 * build proved the shipped policy, so the shipped policy is parsed only if its text has changed since, and only once a
 * verdict is needed: if nothing listens on the range, parsing would take longer than all other work.
 * @param path the operator's own file, or null for the shipped policy
 */
export function openPolicy(observer: Observer, path: string | null): OpenedPolicy {
  if (path !== null) return openOwnPolicy(observer, path);
  try {
    const text = observer.files.readPackageFile(SHIPPED);
    return text === null ? refuseShipped('ENOENT') : { ok: true, policy: shippedPolicy(observer, text) };
  } catch (error) {
    return refuseShipped(errorCode(error));
  }
}

function refuseShipped(why: string): OpenedPolicy {
  const message = `it cannot be read: ${why}`;
  const problem = { check: 'unread', message, hint: 'install spec-kitty again' } as const;
  return { ok: false, problems: [fileProblem(SHIPPED, problem)] };
}

function shippedPolicy(observer: Observer, text: string): PolicyHandle {
  const built = builtPolicy(observer, text);
  if (built)
    return {
      ...built,
      compiled: () => Promise.resolve({ ...built, certificate: certificateOfBuild(observer) }),
    };
  let policy: Policy | undefined;
  const load = (): Policy => {
    const loaded = compileText(text, 'shipped', SHIPPED);
    if (!loaded.ok) throw new Error(`the shipped policy is broken: ${JSON.stringify(loaded.problems)}`);
    return loaded.compiled.policy;
  };
  return { source: 'shipped', sha256: sha256Of(text), compiled: () => Promise.resolve((policy ??= load())) };
}

/**
 * Returns the shipped policy as the build compiled it, or null if that is missing or the text of the policy has changed
 * since. The compiled policy is as trustworthy as the code, because it is installed together with the code.
 */
function builtPolicy(observer: Observer, text: string): Policy | null {
  const built = readBuilt(observer, COMPILED) as { readonly text: string; readonly policy: Policy } | null;
  return built?.text === text ? built.policy : null;
}

/**
 * Reads the certificate that the build wrote. Whether it is for this policy is checked later, by `isCertified`, before
 * a daemon is sent a request or a signal.
 */
function certificateOfBuild(observer: Observer): Certificate | null {
  return readBuilt(observer, CERTIFICATE) as Certificate | null;
}

/**
 * Reads a file of the build. Returns null if the file is missing or malformed; the shipped policy then has no
 * certificate, and is compiled again if the compiled policy is what is missing.
 */
function readBuilt(observer: Observer, relative: string): unknown {
  try {
    return JSON.parse(observer.files.readPackageFile(relative) ?? 'null');
  } catch {
    return null;
  }
}

/**
 * Opens the operator's own policy. Refuses a file that another user could have written, because the policy decides
 * which processes are ended; then parses and proves the policy.
 */
function openOwnPolicy(observer: Observer, path: string): OpenedPolicy {
  const file = readPolicyFile(observer, path);
  if (!file.ok) return { ok: false, problems: [fileProblem(path, file)] };
  const found = fileTrustIssue(observer, path, file);
  if (found) return { ok: false, problems: [fileProblem(path, found)] };
  const loaded = policyFromText(file.text, path);
  if (!loaded.ok) return loaded;
  const { policy } = loaded;
  return { ok: true, policy: { ...policy, compiled: () => Promise.resolve(policy) } };
}

export type OpenedForAnalysis =
  | { readonly ok: true; readonly compiled: CompiledPolicy }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/**
 * Opens a policy for analysis only. Checks neither who could have written the file nor whether the invariants hold, so
 * the policy gets no certificate.
 */
export function openForAnalysis(observer: Observer, { path, shown }: FileName): OpenedForAnalysis {
  return compiledFrom(readPolicyFile(observer, path), shown);
}

/** Opens the policy of a git commit for analysis. Reports name it `REF:FILE`, as git does. */
export function openAtCommit(observer: Observer, ref: string, { path, shown }: FileName): OpenedForAnalysis {
  return compiledFrom(readAt(observer, ref, path), `${ref}:${shown}`);
}

function compiledFrom(read: PolicyText, shown: string): OpenedForAnalysis {
  return read.ok ? compileText(read.text, shown) : { ok: false, problems: [fileProblem(shown, read)] };
}

const REFUSED_BY_GIT =
  'run it as the owner of the repository, or do what git says in that folder: `git status` shows it whole';

function readAt(observer: Observer, ref: string, path: string): PolicyText {
  const read = observer.files.atCommit(ref, path, MAX_POLICY_BYTES);
  switch (read.kind) {
    case 'no_git':
      return refuse(
        `git cannot be run: ${read.why}`,
        'install git, or name two files: `policy diff OLD NEW`',
      );
    case 'no_folder':
      return NO_FOLDER;
    case 'refused':
      return refuse(`git refuses to read this repository: ${read.why}`, REFUSED_BY_GIT);
    case 'no_repository':
      return refuse('it is in no git repository', 'name two files: `policy diff OLD NEW`');
    case 'no_commit':
      return refuse(
        `there is no commit \`${ref}\` here`,
        'fetch it (CI often fetches one commit only), or name another',
      );
    case 'absent':
      return refuse('the commit does not contain it', 'name a commit that contains the policy at this path');
    case 'too_big':
      return refuse(
        `it is longer than ${read.limit} bytes`,
        'name a commit that contains a policy at this path',
      );
    case 'read':
      return read.text.includes('\uFFFD') ? NOT_UTF8 : { ok: true, text: read.text };
  }
}

export type LoadedPolicy = { readonly ok: true; readonly policy: Policy } | RefusedPolicy;

interface RefusedPolicy {
  readonly ok: false;
  readonly problems: readonly PolicyProblem[];
}

/** The most problems that are reported. Later problems often follow from the first ones. */
const MAX_PROBLEMS = 20;

/**
 * Compiles a policy and proves it, so that daemons may be ended under it: parses the text, checks it against the schema
 * and the vocabulary, and checks every invariant in every possible state.
 * @param source the name of the policy in reports
 * @param file the name of the file in messages about problems
 */
export function policyFromText(text: string, source: string, file = source): LoadedPolicy {
  const compiled = compileText(text, source, file);
  if (!compiled.ok) return compiled;
  const { policy, invariants } = compiled.compiled;
  const tooMuch = overBudget(policy.rules.length, 'rules');
  if (tooMuch !== null) {
    const message = `it cannot be proved: ${tooMuch}`;
    const hint = 'express the same in fewer rules';
    return refused([{ ...TOP, check: 'too-many-rules', message, hint }], file);
  }
  const broken = checkInvariants(policy, invariants);
  if (broken.length > 0) return refused(broken, file);
  return { ok: true, policy: { ...policy, certificate: certify(compiled.compiled, 'no state yet') } };
}

/** Parses a text, checks it against the schema and the vocabulary, and compiles it. Does not check invariants. */
export function compileText(
  text: string,
  source: string,
  file = source,
): { readonly ok: true; readonly compiled: CompiledPolicy } | RefusedPolicy {
  const yaml = readYaml<PolicySource>(text, POLICY);
  if (!yaml.ok) return refused(yaml.problems, file);
  const compiled = compile(yaml.source, yaml.document);
  if (!compiled.ok) return refused(compiled.problems, file);
  const { rules, unlisted, fallback, invariants } = compiled;
  const policy = { source, sha256: sha256Of(text), rules, unlisted, fallback, certificate: null };
  return { ok: true, compiled: { policy, invariants } };
}

function refused(problems: readonly Omit<PolicyProblem, 'file'>[], file: string): RefusedPolicy {
  return { ok: false, problems: problems.slice(0, MAX_PROBLEMS).map((problem) => ({ file, ...problem })) };
}

export type OpenedPolicy =
  | { readonly ok: true; readonly policy: PolicyHandle }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

import { readFileAtCommit } from '../system/observe/file-at-commit.js';
import type { FileName } from './file-name.js';
import type { CompiledPolicy } from './compiled-policy.js';
import { compileText } from './from-text.js';
import { fileProblem, type PolicyProblem } from './problem.js';
import { LONGEST_POLICY, NOT_UTF8, type PolicyText, readPolicyFile, refuse } from './read-policy-file.js';

export type OpenedCompiled =
  | { readonly ok: true; readonly compiled: CompiledPolicy }
  | { readonly ok: false; readonly problems: readonly PolicyProblem[] };

/** Opens a policy to be analysed, never to be acted on: who could have written it does not matter, nor what it breaks. */
export function openCompiled({ path, shown }: FileName): OpenedCompiled {
  return compiledFrom(readPolicyFile(path), shown);
}

/** The same policy as a commit has it. Reports call it `REF:FILE`, as git does. */
export function openCompiledAt(ref: string, { path, shown }: FileName): OpenedCompiled {
  return compiledFrom(readAt(ref, path), `${ref}:${shown}`);
}

function compiledFrom(read: PolicyText, shown: string): OpenedCompiled {
  return read.ok ? compileText(read.text, shown) : { ok: false, problems: [fileProblem(shown, read)] };
}

function readAt(ref: string, path: string): PolicyText {
  const read = readFileAtCommit(ref, path, LONGEST_POLICY);
  switch (read.kind) {
    case 'no_git':
      return refuse(
        `git cannot be run: ${read.why}`,
        'install git, or name two files: `policy diff OLD NEW`',
      );
    case 'no_repository':
      return refuse('it is in no git repository', 'name two files: `policy diff OLD NEW`');
    case 'no_commit':
      return refuse(
        `there is no commit \`${ref}\` here`,
        'fetch it (CI often fetches one commit only), or name another',
      );
    case 'absent':
      return refuse('that commit does not have it', 'name a commit that has the policy under this name');
    case 'too_big':
      return refuse(
        `it is longer than ${read.limit} bytes`,
        'name a commit that has a policy under this name',
      );
    case 'read':
      return read.text.includes('\uFFFD') ? NOT_UTF8 : { ok: true, text: read.text };
  }
}

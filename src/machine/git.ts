import { spawnSync } from 'node:child_process';
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { errorCode } from '../model/system-error.js';
import { currentFolder } from './runtime.js';

export type CommitFileResult =
  | { readonly kind: 'read'; readonly text: string }
  /** git could not be run; `why` is the system's code (`ENOENT`). */
  | { readonly kind: 'no_git'; readonly why: string }
  /** The path is relative, and the current folder was deleted. */
  | { readonly kind: 'no_folder' }
  | { readonly kind: 'no_repository' }
  /** There is a repository, and git refuses to read it; `why` is what git says. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'no_commit' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'too_big'; readonly limit: number };

/**
 * Reads a file of at most `limit` bytes from a commit, with git(1). Changes nothing.
 * @param ref a branch, tag or commit
 * @param path path of the file in the working tree; its folder must exist
 */
export function readFileAtCommit(ref: string, path: string, limit: number): CommitFileResult {
  // git would take such a ref for an option. No real ref begins with `-`.
  if (ref.startsWith('-')) return { kind: 'no_commit' };
  const folder = currentFolder();
  if (folder === null && !isAbsolute(path)) return { kind: 'no_folder' };
  const file = resolve(folder ?? '/', path);
  const env = environmentOfGit();
  const git = (...words: readonly string[]) =>
    spawnSync('git', words, { cwd: dirname(file), env, maxBuffer: limit, stdio: ['ignore', 'pipe', 'pipe'] });

  const inside = git('rev-parse', '--git-dir');
  if (inside.error) return { kind: 'no_git', why: errorCode(inside.error) };
  if (inside.status !== 0) {
    const [why = ''] = inside.stderr.toString('utf8').split('\n');
    return why.includes('not a git repository') ? { kind: 'no_repository' } : { kind: 'refused', why };
  }
  const commit = git('rev-parse', '--verify', '--quiet', `${ref}^{commit}`);
  if (commit.status !== 0) return { kind: 'no_commit' };
  // Not `git show`, which applies text conversion to a file and lists the content of a folder.
  const blob = git('cat-file', 'blob', `${commit.stdout.toString('utf8').trim()}:./${basename(file)}`);
  if (blob.error) return { kind: 'too_big', limit };
  return blob.status === 0 ? { kind: 'read', text: blob.stdout.toString('utf8') } : { kind: 'absent' };
}

/**
 * The environment without the variables that bind git to another repository than that of the folder: a git hook sets
 * them, and a file would then be compared with one of that repository. Messages are in English, so that they can be
 * told apart.
 */
function environmentOfGit(): NodeJS.ProcessEnv {
  const { status, stdout } = spawnSync('git', ['rev-parse', '--local-env-vars'], { encoding: 'utf8' });
  const local = new Set(status === 0 ? stdout.split('\n') : []);
  const kept = Object.entries(process.env).filter(([name]) => !local.has(name));
  return { ...Object.fromEntries(kept), LC_ALL: 'C' };
}

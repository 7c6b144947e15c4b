import { spawnSync } from 'node:child_process';
import { basename, dirname, resolve } from 'node:path';
import { errorCode } from './system-error.js';

export type CommitFileReading =
  | { readonly kind: 'read'; readonly text: string }
  /** git could not be run; `why` is the system's code (`ENOENT`). */
  | { readonly kind: 'no_git'; readonly why: string }
  | { readonly kind: 'no_repository' }
  | { readonly kind: 'no_commit' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'too_big'; readonly limit: number };

/**
 * Reads a file as a commit has it, by git(1), at most `limit` bytes of it. Changes nothing.
 * @param ref a branch, tag or commit
 * @param path the file as it is named today; its folder must exist
 */
export function readFileAtCommit(ref: string, path: string, limit: number): CommitFileReading {
  // No ref begins with it, and git would take it for an option.
  if (ref.startsWith('-')) return { kind: 'no_commit' };
  const file = resolve(path);
  const git = (...words: readonly string[]) =>
    spawnSync('git', words, { cwd: dirname(file), maxBuffer: limit, stdio: ['ignore', 'pipe', 'ignore'] });

  const inside = git('rev-parse', '--git-dir');
  if (inside.error) return { kind: 'no_git', why: errorCode(inside.error) };
  if (inside.status !== 0) return { kind: 'no_repository' };
  const commit = git('rev-parse', '--verify', '--quiet', `${ref}^{commit}`);
  if (commit.status !== 0) return { kind: 'no_commit' };
  // `git show` would convert the text, and page a folder.
  const blob = git('cat-file', 'blob', `${commit.stdout.toString('utf8').trim()}:./${basename(file)}`);
  if (blob.error) return { kind: 'too_big', limit };
  return blob.status === 0 ? { kind: 'read', text: blob.stdout.toString('utf8') } : { kind: 'absent' };
}

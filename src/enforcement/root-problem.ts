import { basename, dirname, join } from 'node:path';
import type { Observer } from '../machine/machine.js';
import type { PathUse } from '../model/evidence.js';
import type { Family } from '../model/family.js';
import { DAEMON_FILES } from '../model/root.js';
import { describeRootProblem, type Remedy, type RootProblem } from '../model/root-problem.js';

/**
 * Finds why the files of a root cannot be used, after a command has failed to use them: the error of the failed call
 * names neither the file that is in the way nor its owner.
 * @returns the description and the remedy of the first problem, or null if none is found
 */
export function explainRoot(
  observer: Observer,
  family: Family,
  root: string,
): { readonly detail: string; readonly remedy: Remedy } | null {
  const problem = findRootProblem(observer, family, root);
  return problem && describeRootProblem(problem, observer.self.userName);
}

/** As `explainRoot`, for one file that is only read, and need not be a file of a daemon. */
export function explainFile(observer: Observer, path: string): ReturnType<typeof explainRoot> {
  const problem = problemWith(observer, path, 'read');
  return problem && describeRootProblem(problem, observer.self.userName);
}

function findRootProblem(observer: Observer, family: Family, root: string): RootProblem | null {
  const atRoot = observer.files.inspect(root, 'folder');
  if (atRoot.kind === 'absent' || atRoot.kind === 'unreadable') return aboveRoot(observer, root);
  if (atRoot.kind !== 'folder' && family === 'sync' && basename(root) !== '.spec-kitty')
    return { kind: 'no_folder', path: root };
  const { stateFile } = DAEMON_FILES[family];
  const problems = [
    ...foldersOf(family).map((path) => problemWith(observer, join(root, path), 'folder')),
    // The state file is replaced by renaming, so it need not be writable.
    problemWith(observer, join(root, stateFile), 'read'),
    ...writtenFilesOf(family).map((path) => problemWith(observer, join(root, path), 'write')),
  ].filter((problem) => problem !== null);
  const [first] = problems;
  if (first?.kind !== 'owned_by_other') return first ?? null;
  // One command for all of them, or the next run would name the next one.
  const { owner } = first;
  if (owner === 0 && first.paths.includes(root)) return { kind: 'root_of_superuser', path: root };
  const paths = problems.flatMap((one) =>
    one.kind === 'owned_by_other' && one.owner === owner ? one.paths : [],
  );
  return { kind: 'owned_by_other', paths, owner };
}

function problemWith(observer: Observer, path: string, use: PathUse): RootProblem | null {
  const status = observer.files.inspect(path, use);
  const expected = use === 'folder' ? 'folder' : 'file';
  if (status.kind === 'absent') return null;
  if (status.kind === 'unreadable') return { kind: 'unreachable', path, why: status.why };
  if (status.kind !== expected) return { kind: 'wrong_type', path, expected };
  const { owner, refusal } = status;
  if (refusal === null) return null;
  if (refusal === 'EROFS') return { kind: 'read_only', path };
  if (refusal !== 'EACCES') return { kind: 'unreachable', path, why: refusal };
  return owner === observer.self.uid
    ? { kind: 'mode', path, isFolder: expected === 'folder' }
    : { kind: 'owned_by_other', paths: [path], owner };
}

/** Finds the folder above a missing root that keeps us from creating or reaching the root. */
function aboveRoot({ files }: Observer, root: string): RootProblem | null {
  for (let folder = dirname(root); ; folder = dirname(folder)) {
    const status = files.inspect(folder, 'folder');
    if (status.kind === 'absent' || status.kind === 'unreadable') {
      if (folder === dirname(folder)) return null;
      continue;
    }
    if (status.kind !== 'folder') return { kind: 'no_folder', path: folder };
    return status.refusal === null ? null : { kind: 'not_creatable', folder };
  }
}

/** Our folders in a root that must be writable, each after those that contain it. The first one may be the root. */
function foldersOf(family: Family): readonly string[] {
  const { stateFile, identityFolder } = DAEMON_FILES[family];
  const files = [stateFile, ...writtenFilesOf(family), join(identityFolder, 'record')];
  const folders = files.flatMap((file) => {
    const above: string[] = [];
    for (let path = dirname(file); path !== '.'; path = dirname(path)) above.unshift(path);
    // The root of a dashboard is a project, in which only `.kittify` has to be writable.
    return dirname(file) === '.' ? ['.'] : above;
  });
  return [...new Set(folders)];
}

/** Our files in a root that are opened for writing. */
function writtenFilesOf(family: Family): readonly string[] {
  const { lock, log, sweepLock, journal } = DAEMON_FILES[family];
  return [lock, log, sweepLock, journal];
}

import { basename, dirname, join } from 'node:path';
import { thisProgram } from '../invocation.js';
import type { Observer } from '../machine/machine.js';
import type { PathUse } from '../model/evidence.js';
import type { Family } from '../model/family.js';
import { DAEMON_FILES } from '../model/root.js';
import type { ExplainedProblem, Remedy, RootProblem } from '../model/root-problem.js';
import { inertName, shellQuote } from '../text/terminal.js';

/**
 * Finds why the files of a root cannot be used, after a command has failed to use them: the error of the failed call
 * names neither the file that is in the way nor its owner.
 * @param invocation how this program is called in a printed command
 * @returns the description and the remedy of the first problem, or null if none is found
 */
export function explainRoot(
  observer: Observer,
  family: Family,
  root: string,
  invocation = thisProgram(observer).invocation,
): ExplainedProblem | null {
  const problem = findRootProblem(observer, family, root);
  return problem && describeRootProblem(problem, observer.self.userName, invocation);
}

/** As `explainRoot`, for one path that need not be a file of a daemon. */
export function explainPath(observer: Observer, path: string, use: PathUse): ExplainedProblem | null {
  const problem = problemWith(observer, path, use);
  return problem && describeRootProblem(problem, observer.self.userName, '');
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
    problemWithStateFile(observer, family, join(root, stateFile)),
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

function problemWithStateFile(observer: Observer, family: Family, path: string): RootProblem | null {
  const problem = problemWith(observer, path, 'read');
  return problem?.kind === 'wrong_type'
    ? { kind: 'no_state_file', path, family, isLink: observer.files.isLink(path) }
    : problem;
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

/**
 * Describes a problem, and what to do about it.
 * @param user the name of our user
 */
function describeRootProblem(problem: RootProblem, user: string, invocation: string): ExplainedProblem {
  switch (problem.kind) {
    case 'wrong_type': {
      const { path, expected } = problem;
      const detail = `${inertName(path)} is not a ${expected === 'file' ? 'regular file' : 'folder'}`;
      return { detail, remedy: putAside(path) };
    }
    case 'no_state_file': {
      const { path, family, isLink } = problem;
      const words = family === 'sync' ? 'sync forget' : 'dashboard --forget';
      return {
        detail: `${inertName(path)} is not a regular file`,
        remedy: isLink
          ? inWords(`put the file that the link ${inertName(path)} leads to in place of the link`)
          : {
              command: `${invocation} ${words}`,
              effect: 'puts it aside, after it has proven that no daemon of this root runs',
            },
      };
    }
    case 'no_folder':
      return {
        detail: `${inertName(problem.path)} is not a folder`,
        remedy: inWords('set SPEC_KITTY_HOME to a folder'),
      };
    case 'owned_by_other': {
      const { paths, owner } = problem;
      const [first = ''] = paths;
      const others = paths.length > 1 ? `, and ${paths.length - 1} more` : '';
      return {
        detail: `${inertName(first)} belongs to ${nameOf(owner)}, and user ${user} may not use it${others} (EACCES)`,
        remedy: {
          command: `sudo chown ${shellQuote(user)} -- ${paths.map(shellQuote).join(' ')}`,
          effect: `gives ${paths.length > 1 ? 'them' : 'it'} to you; a command that was run with sudo once leaves such files`,
        },
      };
    }
    case 'root_of_superuser':
      return {
        detail: `${inertName(problem.path)} belongs to the superuser, and user ${user} may not use it (EACCES)`,
        remedy: {
          command: `sudo chown -R ${shellQuote(user)} -- ${shellQuote(problem.path)}`,
          effect: 'gives it to you; a command that was run with sudo once leaves such a folder',
        },
      };
    case 'mode': {
      const { path, isFolder } = problem;
      const command = `chmod u+rw${isFolder ? 'x' : ''} -- ${shellQuote(path)}`;
      const detail = `the mode of ${inertName(path)} does not let its owner use it (EACCES)`;
      return { detail, remedy: { command, effect: 'lets you read and write it' } };
    }
    case 'read_only':
      return {
        detail: `${inertName(problem.path)} is on a read-only file system`,
        remedy: inWords(OTHER_ROOT),
      };
    case 'not_creatable':
      return {
        detail: `the root is missing, and user ${user} may not create it in ${inertName(problem.folder)}`,
        remedy: inWords(OTHER_ROOT),
      };
    case 'unreachable':
      return {
        detail: `${inertName(problem.path)} cannot be reached: ${problem.why}`,
        remedy: inWords(OTHER_ROOT),
      };
  }
}

const OTHER_ROOT = 'set SPEC_KITTY_HOME to a folder that you can write, or HOME to your home folder';

function putAside(path: string): Remedy {
  return {
    command: `mv -- ${shellQuote(path)} ${shellQuote(`${path}.unusable`)}`,
    effect: 'puts it aside; the next command makes a new one',
  };
}

function inWords(effect: string): Remedy {
  return { command: null, effect };
}

function nameOf(uid: number): string {
  return uid === 0 ? 'the superuser' : `user ${uid}`;
}

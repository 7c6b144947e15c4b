import { shellQuote } from '../text/terminal.js';

/** Why a file or folder of ours in a root cannot be used. Each cause has a remedy of its own. */
export type RootProblem =
  /** Something else is in its place: a folder, a FIFO, a link. */
  | { readonly kind: 'wrong_type'; readonly path: string; readonly expected: 'file' | 'folder' }
  /** A path that the user named is no folder. It may be a file that is needed elsewhere, so it is not put aside. */
  | { readonly kind: 'no_folder'; readonly path: string }
  /** They belong to another user, most often the superuser: a command was run with sudo once. */
  | { readonly kind: 'owned_by_other'; readonly paths: readonly string[]; readonly owner: number }
  /** Everything in this folder belongs to the superuser, as after `sudo` in a home without a root. */
  | { readonly kind: 'root_of_superuser'; readonly path: string }
  /** It is ours, and its mode does not let us use it. */
  | { readonly kind: 'mode'; readonly path: string; readonly isFolder: boolean }
  | { readonly kind: 'read_only'; readonly path: string }
  /** The root is missing, and this folder above it does not let us create it. */
  | { readonly kind: 'not_creatable'; readonly folder: string }
  | { readonly kind: 'unreachable'; readonly path: string; readonly why: string };

/** What to do: a command, and what the command does; or words only. */
export interface Remedy {
  readonly command: string | null;
  readonly effect: string;
}

/**
 * Describes a problem, and what to do about it.
 * @param user the name of our user
 */
export function describeRootProblem(
  problem: RootProblem,
  user: string,
): { readonly detail: string; readonly remedy: Remedy } {
  switch (problem.kind) {
    case 'wrong_type': {
      const { path, expected } = problem;
      const detail = `${path} is not a ${expected === 'file' ? 'regular file' : 'folder'}`;
      return { detail, remedy: putAside(path) };
    }
    case 'no_folder':
      return { detail: `${problem.path} is not a folder`, remedy: inWords(OTHER_ROOT) };
    case 'owned_by_other': {
      const { paths, owner } = problem;
      const [first = ''] = paths;
      const others = paths.length > 1 ? `, and ${paths.length - 1} more` : '';
      return {
        detail: `${first} belongs to ${nameOf(owner)}, and user ${user} may not use it${others} (EACCES)`,
        remedy: {
          command: `sudo chown ${shellQuote(user)} -- ${paths.map(shellQuote).join(' ')}`,
          effect: `gives ${paths.length > 1 ? 'them' : 'it'} to you; a command that was run with sudo once leaves such files`,
        },
      };
    }
    case 'root_of_superuser':
      return {
        detail: `${problem.path} belongs to the superuser, and user ${user} may not use it (EACCES)`,
        remedy: {
          command: `sudo chown -R ${shellQuote(user)} -- ${shellQuote(problem.path)}`,
          effect: 'gives it to you; a command that was run with sudo once leaves such a folder',
        },
      };
    case 'mode': {
      const { path, isFolder } = problem;
      const command = `chmod u+rw${isFolder ? 'x' : ''} -- ${shellQuote(path)}`;
      const detail = `the mode of ${path} does not let its owner use it (EACCES)`;
      return { detail, remedy: { command, effect: 'lets you read and write it' } };
    }
    case 'read_only':
      return { detail: `${problem.path} is on a read-only file system`, remedy: inWords(OTHER_ROOT) };
    case 'not_creatable':
      return {
        detail: `the root is missing, and user ${user} may not create it in ${problem.folder}`,
        remedy: inWords(OTHER_ROOT),
      };
    case 'unreachable':
      return { detail: `${problem.path} cannot be reached: ${problem.why}`, remedy: inWords(OTHER_ROOT) };
  }
}

const OTHER_ROOT = 'set SPEC_KITTY_HOME to a folder that you can write, or HOME to your home folder';

/** Returns a remedy as one text: the command with its effect as a comment, or the words. */
export function remedyText({ command, effect }: Remedy): string {
  return command === null ? effect : `${command}  # ${effect}`;
}

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

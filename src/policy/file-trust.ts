import { isAbsolute, join } from 'node:path';
import type { Observer } from '../machine/machine.js';
import { errorCode } from '../model/system-error.js';
import { inertName, shellQuote } from '../text/terminal.js';

/** The reason why another user could have changed a file, and the next step. */
export interface TrustIssue {
  readonly message: string;
  readonly hint: string;
}

interface Ownership {
  readonly owner: number;
  readonly mode: number;
}

/** The kernel follows at most this many links in one path. */
const MAX_LINKS = 40;
const STICKY = 0o1000;

/**
 * Checks that only this user and the superuser can change a file. Checks the owner and mode that were read with the
 * file, and every folder and link in its path, because a user who can replace one of them can replace the file.
 * @returns null if no other user can change the file
 */
export function fileTrustIssue(observer: Observer, path: string, file: Ownership): TrustIssue | null {
  const uid = observer.self.uid;
  // Windows has no user ids to check, and no process is signalled there.
  if (uid < 0) return null;
  try {
    // Trust the owner of `/`, who can change everything: the superuser, or the id that a user namespace shows instead.
    const trusted = [uid, 0, observer.files.status('/').owner];
    const { folders, links } = foldersAndLinks(observer, path);
    const steps = [
      { path, ...file },
      ...folders
        .map((folder, index) => folderStep(observer, folder, index === folders.length - 1))
        .toReversed(),
      ...links.map((link) => ({ path: link, owner: observer.files.linkStatus(link).owner, mode: 0 })),
    ];
    return steps.map((step) => stepIssue(step, trusted)).find((found) => found !== null) ?? null;
  } catch (error) {
    return {
      message: `the folders on the way to it cannot be checked: ${errorCode(error)}`,
      hint: 'check the path',
    };
  }
}

/**
 * Lists the folders and links that the kernel passes when it resolves the path of a file. The folder that contains the
 * file is the last folder.
 */
function foldersAndLinks(
  observer: Observer,
  path: string,
): { readonly folders: readonly string[]; readonly links: readonly string[] } {
  const passed = ['/'];
  const links: string[] = [];
  let names = namesIn(isAbsolute(path) ? path : `${observer.self.workingDirectory() ?? ''}/${path}`);
  while (names.length > 0 && links.length <= MAX_LINKS) {
    const [name = '', ...rest] = names;
    const at = join(passed.at(-1) ?? '/', name);
    if (observer.files.linkStatus(at).isLink) {
      const target = observer.files.readLink(at);
      links.push(at);
      if (isAbsolute(target)) passed.push('/');
      names = [...namesIn(target), ...rest];
    } else {
      passed.push(at);
      names = rest;
    }
  }
  return { folders: passed.slice(0, -1), links };
}

/**
 * Splits a path into names. Keeps `..`, because after a link it means the folder above the link's target, so the path
 * must not be normalized.
 */
function namesIn(path: string): readonly string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

/**
 * Reads the owner and mode of a folder. In a sticky folder, other users cannot replace an entry that they do not own,
 * so the write bits are left out. They count if the folder contains the file itself: it must not be writable by other
 * users in any case.
 */
function folderStep(
  observer: Observer,
  path: string,
  containsFile: boolean,
): Ownership & { readonly path: string } {
  const { owner, mode } = observer.files.status(path);
  return { path, owner, mode: (mode & STICKY) !== 0 && !containsFile ? 0 : mode };
}

function stepIssue(
  { path, owner, mode }: Ownership & { readonly path: string },
  trusted: readonly number[],
): TrustIssue | null {
  const who = 'who could change what is cleaned up';
  if (!trusted.includes(owner)) {
    const hint = 'keep it in a folder that only you and root can write to, and chown it to yourself';
    return { message: `${inertName(path)} belongs to user ${owner}, ${who}`, hint };
  }
  if ((mode & 0o022) === 0) return null;
  return {
    message: `${inertName(path)} can be written by others, ${who}`,
    hint: `chmod go-w ${shellQuote(path)}`,
  };
}

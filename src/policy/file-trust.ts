import { isAbsolute, join } from 'node:path';
import type { Observer } from '../machine/machine.js';
import { errorCode } from '../model/system-error.js';
import { shellQuote } from '../text/terminal.js';

/** Why what a file says may be the word of others, and the next step. */
export interface TrustIssue {
  readonly message: string;
  readonly hint: string;
}

interface Ownership {
  readonly owner: number;
  readonly mode: number;
}

/** As many links as the kernel follows. */
const MAX_LINKS = 40;
const STICKY = 0o1000;

/**
 * Why others than the user and root could decide what is read under a name, or null. The file is asked, as it was read,
 * and every folder and link on the way to it, up to `/`: who can exchange one of these can exchange the file.
 */
export function fileTrustIssue(observer: Observer, path: string, file: Ownership): TrustIssue | null {
  const uid = observer.self.uid;
  // Windows has no such numbers, and nothing is acted on there.
  if (uid < 0) return null;
  try {
    // Who owns `/` decides everything below it: root, or what a user namespace shows in its place.
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
    return { message: `the way to it cannot be looked at: ${errorCode(error)}`, hint: 'check the path' };
  }
}

/** Every folder that is gone through, that of the file last, and every link, as the kernel walks. */
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

/** Without what leads nowhere. Not normalized: behind a link, `..` is another folder than it seems. */
function namesIn(path: string): readonly string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

/** In a sticky folder nobody can exchange what is ours; to hold the file itself it must not be open to others at all. */
function folderStep(
  observer: Observer,
  path: string,
  holdsFile: boolean,
): Ownership & { readonly path: string } {
  const { owner, mode } = observer.files.status(path);
  return { path, owner, mode: (mode & STICKY) !== 0 && !holdsFile ? 0 : mode };
}

function stepIssue(
  { path, owner, mode }: Ownership & { readonly path: string },
  trusted: readonly number[],
): TrustIssue | null {
  const who = 'who could change what is cleaned up';
  if (!trusted.includes(owner)) {
    const hint = 'keep it where only you and root can write, and chown it to yourself';
    return { message: `\`${path}\` belongs to user ${owner}, ${who}`, hint };
  }
  if ((mode & 0o022) === 0) return null;
  return { message: `\`${path}\` can be written by others, ${who}`, hint: `chmod go-w ${shellQuote(path)}` };
}

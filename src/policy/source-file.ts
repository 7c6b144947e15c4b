import { dirname, isAbsolute, join, relative } from 'node:path';
import type { Observer } from '../machine/machine.js';
import type { Access } from '../model/evidence.js';
import type { Unusable } from './finding.js';

/** The text of a policy, from a file or a commit. */
export type PolicyText = { readonly ok: true; readonly text: string } | Refusal;

type PolicyFile = ({ readonly ok: true; readonly text: string } & Access) | Refusal;

interface Refusal extends Unusable {
  readonly ok: false;
}

/** In bytes. The shipped policy has 6 kB. */
export const MAX_POLICY_BYTES = 256 * 1024;

/**
 * Reads a policy, or a file that belongs to a policy. The caller must check who could have written the file, if daemons
 * may be ended because of its content.
 */
export function readPolicyFile(observer: Observer, path: string): PolicyFile {
  const file = observer.files.read(path, MAX_POLICY_BYTES);
  switch (file.kind) {
    case 'absent':
      return !isAbsolute(path) && observer.self.workingDirectory() === null
        ? NO_FOLDER
        : unread('ENOENT', 'check the path');
    case 'unreadable':
      return unread(file.why, 'name a YAML file that you can read');
    case 'too_big':
      return refuse(`it is longer than ${file.limit} bytes`, 'check the file name: a policy is much shorter');
    case 'read': {
      const { text, owner, group, mode } = file;
      // Invalid UTF-8 was decoded to U+FFFD. It is refused, because the hash of the text would not be that of the file.
      return text.includes('\uFFFD') ? NOT_UTF8 : { ok: true, text, owner, group, mode };
    }
  }
}

function unread(why: string, hint: string): Refusal {
  return { ok: false, check: 'unread', message: `it cannot be read: ${why}`, hint };
}

export function refuse(message: string, hint: string): Refusal {
  return { ok: false, message, hint };
}

/** The refusal of a relative path if the working directory was deleted, as happens to git worktrees. */
export const NO_FOLDER: Refusal = {
  ok: false,
  check: 'unread',
  message: 'the current folder does not exist any more',
  hint: 'run it in an existing folder, or with an absolute path',
};

export const NOT_UTF8 = refuse('it is not UTF-8', 'save it as UTF-8');

/** The path of a file, and its name in messages. */
export interface FileName {
  readonly path: string;
  readonly shown: string;
}

export const SHIPPED = 'policy/sync.yaml';

/**
 * Returns the policy file that the user named, else that of the working tree around the current folder, else the shipped
 * one.
 */
export function policyName(observer: Observer, given: string | undefined): FileName {
  return given === undefined ? (policyOfTree(observer) ?? shippedName(observer)) : fileName(given);
}

/**
 * Returns `policy/sync.yaml` of the git working tree around the current folder, or of the current folder if that is in no
 * working tree; null if there is none.
 */
export function policyOfTree(observer: Observer): FileName | null {
  const start = observer.self.workingDirectory();
  if (start === null) return null;
  const top = topOfTree(observer, start) ?? start;
  for (let folder = start; ; folder = dirname(folder)) {
    const path = join(folder, SHIPPED);
    if (observer.files.exists(path)) return { path, shown: relative(start, path) };
    if (folder === top) return null;
  }
}

function topOfTree(observer: Observer, folder: string): string | null {
  if (observer.files.exists(join(folder, '.git'))) return folder;
  const parent = dirname(folder);
  return parent === folder ? null : topOfTree(observer, parent);
}

/** Messages name the shipped policy by a path relative to the current folder if it is inside that folder. */
function shippedName(observer: Observer): FileName {
  const path = observer.files.packagePath(SHIPPED);
  const folder = observer.self.workingDirectory();
  if (folder === null) return { path, shown: path };
  const fromHere = relative(folder, path);
  return { path, shown: fromHere.startsWith('..') || isAbsolute(fromHere) ? path : fromHere };
}

export function fileName(given: string): FileName {
  return { path: given, shown: given };
}

/** Returns the name of a file in the folder of another file, such as `cases.yaml` beside a policy. */
export function beside({ path, shown }: FileName, name: string): FileName {
  return { path: join(dirname(path), name), shown: join(dirname(shown), name) };
}

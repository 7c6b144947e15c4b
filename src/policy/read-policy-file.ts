import { lstatSync, readlinkSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { readBoundedFile } from '../system/observe/bounded-file.js';
import { crypto } from '../system/observe/crypto.js';
import { errorCode } from '../system/observe/system-error.js';

export type PolicyText = { readonly ok: true; readonly text: string } | Refusal;

interface Refusal {
  readonly ok: false;
  readonly message: string;
  readonly hint: string;
}

/** The shipped policy has 6 kB. */
export const LONGEST_POLICY = 256 * 1024;

/** As many links as the kernel follows. */
const MOST_LINKS = 40;

/**
 * Reads a policy file. It decides whether processes die, so one that others could have written is refused.
 * @param mustBeOurs whether it was given by the operator; the shipped one is as trustworthy as the program beside it
 */
export function readPolicyFile(path: string, mustBeOurs: boolean): PolicyText {
  const file = readBoundedFile(path, LONGEST_POLICY);
  switch (file.kind) {
    case 'absent':
      return refuse('it cannot be read: ENOENT', 'check the path');
    case 'unreadable':
      return refuse(`it cannot be read: ${file.why}`, 'name a YAML file that you may read');
    case 'too_big':
      return refuse(
        `it is longer than ${file.limit} bytes`,
        'a policy is a page of rules: name the right file',
      );
    case 'read':
      // Undecodable bytes become U+FFFD: the text, and its hash, would no longer be those of the file.
      if (file.text.includes('\uFFFD')) return NOT_UTF8;
      return (mustBeOurs ? distrust(path, file) : null) ?? { ok: true, text: file.text };
  }
}

/** Asks of the file that was read, by its descriptor, and of every folder in which its name could be exchanged. */
function distrust(path: string, file: Ownership): Refusal | null {
  try {
    return distrustOf(path, file) ?? foldersOf(path).map(distrustOfFolder).find(Boolean) ?? null;
  } catch (error) {
    return refuse(`its folder cannot be looked at: ${errorCode(error)}`, 'check the path');
  }
}

/** The folder of the name that was given, and that of each link's target on the way to the file. */
function foldersOf(path: string): readonly string[] {
  const folders: string[] = [];
  let name = resolve(path);
  for (let links = 0; links <= MOST_LINKS; links += 1) {
    folders.push(dirname(name));
    if (!lstatSync(name).isSymbolicLink()) break;
    name = resolve(dirname(name), readlinkSync(name));
  }
  return folders;
}

function distrustOfFolder(folder: string): Refusal | null {
  const { uid, mode } = statSync(folder);
  return distrustOf(folder, { owner: uid, mode });
}

interface Ownership {
  readonly owner: number;
  readonly mode: number;
}

function distrustOf(path: string, { owner, mode }: Ownership): Refusal | null {
  const who = 'who could change what is cleaned up';
  if (owner !== process.geteuid?.() && owner !== 0) {
    return refuse(`\`${path}\` belongs to user ${owner}, ${who}`, 'chown it to yourself');
  }
  if ((mode & 0o022) !== 0) {
    return refuse(`\`${path}\` can be written by others, ${who}`, `chmod go-w ${path}`);
  }
  return null;
}

export function refuse(message: string, hint: string): Refusal {
  return { ok: false, message, hint };
}

export const NOT_UTF8 = refuse('it is not UTF-8', 'save it as UTF-8');

/** By which a report names a policy: the SHA-256 of its text, which is that of the file's bytes. */
export function sha256Of(text: string): string {
  return crypto().createHash('sha256').update(text).digest('hex');
}

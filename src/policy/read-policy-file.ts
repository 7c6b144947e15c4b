import { readBoundedFile } from '../system/observe/bounded-file.js';
import { crypto } from '../system/observe/crypto.js';
import { distrust } from './file-trust.js';

export type PolicyText = { readonly ok: true; readonly text: string } | Refusal;

interface Refusal {
  readonly ok: false;
  readonly message: string;
  readonly hint: string;
}

/** The shipped policy has 6 kB. */
export const LONGEST_POLICY = 256 * 1024;

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
    case 'read': {
      // Undecodable bytes become U+FFFD: the text, and its hash, would no longer be those of the file.
      if (file.text.includes('\uFFFD')) return NOT_UTF8;
      const found = mustBeOurs ? distrust(path, file) : null;
      return found ? refuse(found.message, found.hint) : { ok: true, text: file.text };
    }
  }
}

export function refuse(message: string, hint: string): Refusal {
  return { ok: false, message, hint };
}

export const NOT_UTF8 = refuse('it is not UTF-8', 'save it as UTF-8');

/** By which a report names a policy: the SHA-256 of its text, which is that of the file's bytes. */
export function sha256Of(text: string): string {
  return crypto().createHash('sha256').update(text).digest('hex');
}

import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

type PolicyText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly message: string; readonly hint: string };

/** The shipped policy has 6 kB. */
const LONGEST_POLICY = 256 * 1024;

/**
 * Reads a policy file. It decides whether processes die, so one that others could have written is refused.
 * @param mustBeOurs whether it was given by the operator; the shipped one is as trustworthy as the program beside it
 */
export function readPolicyFile(path: string, mustBeOurs: boolean): PolicyText {
  try {
    const status = statSync(path);
    if (!status.isFile()) return refuse('it is not a regular file', 'name a YAML file');
    if (status.size > LONGEST_POLICY) {
      return refuse(
        `it is longer than ${LONGEST_POLICY} bytes`,
        'a policy is a page of rules: name the right file',
      );
    }
    const distrust = mustBeOurs ? (distrustOf(path) ?? distrustOf(dirname(resolve(path)))) : null;
    return distrust ?? { ok: true, text: readFileSync(path, 'utf8') };
  } catch (error) {
    return refuse(
      `it cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      'check the path',
    );
  }
}

function distrustOf(path: string): PolicyText | null {
  const { uid, mode } = statSync(path);
  const us = process.geteuid?.();
  if (uid !== us && uid !== 0) {
    return refuse(
      `\`${path}\` belongs to user ${uid}, who could change what is cleaned up`,
      `chown it to yourself`,
    );
  }
  if ((mode & 0o022) !== 0) {
    return refuse(
      `\`${path}\` can be written by others, who could change what is cleaned up`,
      `chmod go-w ${path}`,
    );
  }
  return null;
}

function refuse(message: string, hint: string): PolicyText {
  return { ok: false, message, hint };
}

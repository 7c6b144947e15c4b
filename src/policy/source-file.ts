import { dirname, isAbsolute, join, relative } from 'node:path';
import type { Observer } from '../machine/machine.js';
import type { Access } from '../model/evidence.js';
import type { Unusable } from './finding.js';

/** A policy's text, from wherever. */
export type PolicyText = { readonly ok: true; readonly text: string } | Refusal;

type PolicyFile = ({ readonly ok: true; readonly text: string } & Access) | Refusal;

interface Refusal extends Unusable {
  readonly ok: false;
}

/** The shipped policy has 6 kB. */
export const MAX_POLICY_BYTES = 256 * 1024;

/** Reads a file that people write: a policy, or what belongs to one. Who could have written it is for its reader to ask. */
export function readPolicyFile(observer: Observer, path: string): PolicyFile {
  const file = observer.files.read(path, MAX_POLICY_BYTES);
  switch (file.kind) {
    case 'absent':
      return unread('ENOENT', 'check the path');
    case 'unreadable':
      return unread(file.why, 'name a YAML file that you may read');
    case 'too_big':
      return refuse(
        `it is longer than ${file.limit} bytes`,
        'a policy is a page of rules: name the right file',
      );
    case 'read': {
      const { text, owner, group, mode } = file;
      // Undecodable bytes become U+FFFD: the text, and its hash, would no longer be those of the file.
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

export const NOT_UTF8 = refuse('it is not UTF-8', 'save it as UTF-8');

/** A file: where it lies, and what messages call it. */
export interface FileName {
  readonly path: string;
  readonly shown: string;
}

export const SHIPPED = 'policy/sync.yaml';

/** The policy that the user named, or the shipped one: that is called by a path that leads to it from here. */
export function policyName(observer: Observer, given: string | undefined): FileName {
  if (given !== undefined) return fileName(given);
  const path = observer.files.packagePath(SHIPPED);
  const fromHere = relative(observer.self.workingDirectory() ?? '/', path);
  return { path, shown: fromHere.startsWith('..') || isAbsolute(fromHere) ? path : fromHere };
}

export function fileName(given: string): FileName {
  return { path: given, shown: given };
}

/** A file that belongs to a policy lies beside it. */
export function beside({ path, shown }: FileName, name: string): FileName {
  return { path: join(dirname(path), name), shown: join(dirname(shown), name) };
}

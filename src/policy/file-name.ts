import { dirname, isAbsolute, join, relative } from 'node:path';
import { packagePath } from '../system/observe/package-path.js';

/** A file: where it lies, and what messages call it. */
export interface FileName {
  readonly path: string;
  readonly shown: string;
}

export const SHIPPED = 'policy/sync.yaml';

/** The policy that the user named, or the shipped one: that is called by a path that leads to it from here. */
export function policyName(given: string | undefined): FileName {
  if (given !== undefined) return fileName(given);
  const path = packagePath(SHIPPED);
  const fromHere = relative(process.cwd(), path);
  return { path, shown: fromHere.startsWith('..') || isAbsolute(fromHere) ? path : fromHere };
}

export function fileName(given: string): FileName {
  return { path: given, shown: given };
}

/** A file that belongs to a policy lies beside it. */
export function beside({ path, shown }: FileName, name: string): FileName {
  return { path: join(dirname(path), name), shown: join(dirname(shown), name) };
}

import { realpathSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { type Reading, read, unread } from '../../model/evidence.js';
import { errorCode } from './system-error.js';

/**
 * What a path means to the kernel, as an absolute path without `..`. resolve() takes `..` out by its letters; the kernel
 * goes up from where a link leads.
 */
export function absolutePath(path: string): Reading<string> {
  if (!path.split('/').includes('..')) return read(resolve(path));
  let reached = isAbsolute(path) ? '/' : process.cwd();
  for (const name of path.split('/')) {
    if (name !== '..') {
      reached = join(reached, name);
      continue;
    }
    try {
      // There is nothing above a file.
      if (!statSync(reached).isDirectory()) return unread(`it leads up from ${reached}, which is no folder`);
      reached = dirname(realpathSync(reached));
    } catch (error) {
      return unread(`it leads up from ${reached}, which cannot be followed (${errorCode(error)})`);
    }
  }
  return read(reached);
}

import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isGone } from './system-error.js';

/** A file of this package, found beside the code whether that runs bundled or from its sources. */
export function packagePath(relative: string): string {
  return join((packageFolder ??= findPackage()), relative);
}

/**
 * The text of a file of this package, which is as trustworthy as the code beside it; null where it is not there.
 * @throws what `open(2)` and `read(2)` fail with
 */
export function readPackageFile(relative: string): string | null {
  try {
    return readFileSync(packagePath(relative), 'utf8');
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

let packageFolder: string | undefined;

function findPackage(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
  return folder;
}

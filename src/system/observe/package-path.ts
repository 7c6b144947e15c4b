import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A file of this package, found beside the code whether that runs bundled or from its sources. */
export function packagePath(relative: string): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json')) && folder !== dirname(folder)) folder = dirname(folder);
  return join(folder, relative);
}

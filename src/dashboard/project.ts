import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The project that a folder belongs to: the nearest one at or above it that holds `.kittify`; null where none does. */
export function findProject(folder: string): string | null {
  for (let here = realpathSync(folder); ; here = dirname(here)) {
    const mark = join(here, '.kittify');
    if (existsSync(mark) && statSync(mark).isDirectory()) return here;
    if (here === dirname(here)) return null;
  }
}

import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { currentFolder } from '../system/observe/current-folder.js';

/** The folder that we run in, null where it was deleted meanwhile, and the project that it belongs to. */
export function projectAround(): { readonly folder: string | null; readonly project: string | null } {
  const folder = currentFolder();
  return { folder, project: folder === null ? null : findProject(folder) };
}

/** The project that a folder belongs to: the nearest one at or above it that holds `.kittify`; null where none does. */
function findProject(folder: string): string | null {
  for (let here = realpathSync(folder); ; here = dirname(here)) {
    const mark = join(here, '.kittify');
    if (existsSync(mark) && statSync(mark).isDirectory()) return here;
    if (here === dirname(here)) return null;
  }
}

import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from '../observe/system-error.js';

/** Makes the folder that a file is to stand in, for our user only. @returns why it could not be made, or null. */
export function makePrivateFolder(file: string): string | null {
  try {
    makeFolder(dirname(file));
    return null;
  } catch (error) {
    return errorCode(error);
  }
}

/**
 * Not by `recursive`, with which Node tries for ever where the kernel says of a folder that is there that it is not
 * (`/proc`), and takes a read-only file system for a folder that is missing.
 */
function makeFolder(path: string, isParentThere = false): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || isParentThere) throw error;
    makeFolder(dirname(path));
    makeFolder(path, true);
  }
}

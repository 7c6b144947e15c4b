import { unlinkSync } from 'node:fs';
import { errorCode } from '../observe/system-error.js';

/** Removes a file. @returns null when it is gone, else why it could not be removed. */
export function removeFile(path: string): string | null {
  try {
    unlinkSync(path);
    return null;
  } catch (error) {
    const code = errorCode(error);
    return code === 'ENOENT' ? null : code;
  }
}

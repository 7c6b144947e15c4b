import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { errorCode } from '../observe/system-error.js';

/** Writes a file for our user only, whole or not at all. @returns why it could not be written, or null */
export function writePrivateFile(path: string, text: string): string | null {
  const draft = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, text, { mode: 0o600, flag: 'wx' });
    renameSync(draft, path);
    return null;
  } catch (error) {
    rmSync(draft, { force: true });
    return errorCode(error);
  }
}

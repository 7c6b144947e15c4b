import {
  closeSync,
  fchmodSync,
  lstatSync,
  openSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { errorCode } from '../observe/system-error.js';

/**
 * Writes a file for our user only, whole or not at all. It takes the place of a regular file or of none: a device, a
 * folder or a link of that name stays what it is.
 * @returns why it could not be written, or null
 */
export function writePrivateFile(path: string, text: string): string | null {
  return writeWhole(path, text, 0o600);
}

/** The same for all to read. @returns why it could not be written, or null */
export function writePublicFile(path: string, text: string): string | null {
  return writeWhole(path, text, 0o644);
}

function writeWhole(path: string, text: string, mode: number): string | null {
  // In a container a PID comes again, and so would the name of a draft that a killed writer left.
  const draft = `${path}.${process.pid}.${Date.now()}.tmp`;
  let descriptor: number;
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false) return 'it is not a regular file';
    descriptor = openSync(draft, 'wx', mode);
  } catch (error) {
    return errorCode(error);
  }
  try {
    writeFileSync(descriptor, text);
    // Whatever the umask: who is to read it, may.
    fchmodSync(descriptor, mode);
    renameSync(draft, path);
    return null;
  } catch (error) {
    rmSync(draft, { force: true });
    return errorCode(error);
  } finally {
    closeSync(descriptor);
  }
}

/** Gives a file that is there another content; whose it is, and who may read it, stays. @returns why not, or null */
export function rewriteFile(path: string, text: string): string | null {
  try {
    writeFileSync(path, text, { flag: 'r+' });
    truncateSync(path, Buffer.byteLength(text));
    return null;
  } catch (error) {
    return errorCode(error);
  }
}

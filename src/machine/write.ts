import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from '../model/system-error.js';

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

/** A file that is longer starts anew; the one before is kept beside it. */
const LONGEST = 256 * 1024;

/**
 * Appends JSON lines to a private file and makes them durable. A last line that an interrupted
 * writer left torn is closed off first, so that it spoils no line but itself.
 * @returns why it failed, or null
 */
export function appendLines(path: string, lines: readonly object[]): string | null {
  return append(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''), true);
}

/** Appends words to a private log. @returns why it failed, or null */
export function appendText(path: string, text: string): string | null {
  return append(path, text, false);
}

function append(path: string, text: string, isDurable: boolean): string | null {
  try {
    const descriptor = openSync(path, OPEN_TO_APPEND, 0o600);
    try {
      const { size } = fstatSync(descriptor);
      const separator = endsInNewline(descriptor, size) ? '' : '\n';
      // Not `writeSync`: a disk that is nearly full takes a part, and calls it a success.
      writeFileSync(descriptor, separator + text);
      if (isDurable) fsyncSync(descriptor);
      if (size > LONGEST) startAnew(path, descriptor);
    } finally {
      closeSync(descriptor);
    }
    return null;
  } catch (error) {
    return `${path}: ${errorCode(error)}`;
  }
}

/** After writing: the lines of one act may be parted, but never lost. Where it fails the file grows, and has them all. */
function startAnew(path: string, descriptor: number): void {
  try {
    // Whoever started it anew meanwhile has put ours beside it, and its own must not take that place.
    if (statSync(path).ino === fstatSync(descriptor).ino) renameSync(path, `${path}.1`);
  } catch {
    // What is in the way is not ours to remove.
  }
}

const OPEN_TO_APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

function endsInNewline(descriptor: number, size: number): boolean {
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  readSync(descriptor, last, 0, 1, size - 1);
  return last.toString() === '\n';
}

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

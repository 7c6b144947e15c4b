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
import { draftNameOf } from '../model/draft.js';
import { errorCode } from '../model/system-error.js';
import { inertName } from '../text/terminal.js';

/**
 * Writes a file of mode 0600 atomically: to a temporary file, which is then renamed. An existing file is replaced only
 * if it is a regular file, never a device, folder or link.
 * @returns why the file could not be written, or null
 */
export function writePrivateFile(path: string, text: string): string | null {
  return writeWhole(path, text, 0o600);
}

/**
 * Writes a file of mode 0644 atomically: to a temporary file, which is then renamed. An existing file is replaced only
 * if it is a regular file, never a device, folder or link.
 * @returns why the file could not be written, or null
 */
export function writePublicFile(path: string, text: string): string | null {
  return writeWhole(path, text, 0o644);
}

function writeWhole(path: string, text: string, mode: number): string | null {
  const draft = draftNameOf(path, process.pid, Date.now());
  let descriptor: number;
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.isFile() === false) return 'it is not a regular file';
    descriptor = openSync(draft, 'wx', mode);
  } catch (error) {
    return errorCode(error);
  }
  try {
    writeFileSync(descriptor, text);
    // The umask may have removed permissions.
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

/** Replaces the content of an existing file; owner and mode stay. @returns why it failed, or null */
export function rewriteFile(path: string, text: string): string | null {
  try {
    writeFileSync(path, text, { flag: 'r+' });
    truncateSync(path, Buffer.byteLength(text));
    return null;
  } catch (error) {
    return errorCode(error);
  }
}

/** A file that grows beyond this many bytes is renamed to `<name>.1`, replacing an older file of that name. */
const ROTATION_SIZE = 256 * 1024;

/**
 * Appends JSON lines to a private file and makes them durable (fsync). An incomplete last line of an interrupted writer
 * is ended first, so that only that line is lost.
 * @returns why it failed, or null
 */
export function appendLines(path: string, lines: readonly object[]): string | null {
  return append(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''), true);
}

/** Appends text to a private log. @returns why it failed, or null */
export function appendText(path: string, text: string): string | null {
  return append(path, text, false);
}

function append(path: string, text: string, isDurable: boolean): string | null {
  try {
    const descriptor = openSync(path, OPEN_TO_APPEND, 0o600);
    try {
      const { size } = fstatSync(descriptor);
      const separator = endsInNewline(descriptor, size) ? '' : '\n';
      // Not `writeSync`, which writes only a part when the disk is nearly full and reports no error.
      writeFileSync(descriptor, separator + text);
      if (isDurable) fsyncSync(descriptor);
      if (size > ROTATION_SIZE) rotate(path, descriptor);
    } finally {
      closeSync(descriptor);
    }
    return null;
  } catch (error) {
    return `${inertName(path)}: ${errorCode(error)}`;
  }
}

/**
 * Renames a file that has grown too long to `<name>.1`. It is renamed after writing, so no line is lost. If renaming
 * fails, the file keeps growing.
 */
function rotate(path: string, descriptor: number): void {
  try {
    // Another process may have rotated the file already. Then `path` is a new file, which must not replace the rotated
    // file.
    if (statSync(path).ino === fstatSync(descriptor).ino) renameSync(path, `${path}.1`);
  } catch {
    // Renaming fails, for example, if `<name>.1` is a folder, which is not removed.
  }
}

const OPEN_TO_APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW;

function endsInNewline(descriptor: number, size: number): boolean {
  if (size === 0) return true;
  const last = Buffer.alloc(1);
  readSync(descriptor, last, 0, 1, size - 1);
  return last.toString() === '\n';
}

/** Makes the folder that is to contain `file`, with mode 0700. @returns why it could not be made, or null */
export function makePrivateFolder(file: string): string | null {
  try {
    makeFolder(dirname(file));
    return null;
  } catch (error) {
    return errorCode(error);
  }
}

/**
 * Makes a folder and its missing parents. Does not use Node's `recursive`, which loops for ever on `/proc`, where the
 * kernel reports ENOENT for an existing parent, and which reports a read-only file system as a missing folder.
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

/** Renames a file or whatever is at a path. @returns why it failed, also if the new name is taken, or null */
export function renameFile(path: string, target: string): string | null {
  try {
    if (lstatSync(target, { throwIfNoEntry: false })) return 'EEXIST';
    renameSync(path, target);
    return null;
  } catch (error) {
    return errorCode(error);
  }
}

/** Removes a file. @returns null if the file is gone, otherwise why it could not be removed */
export function removeFile(path: string): string | null {
  try {
    unlinkSync(path);
    return null;
  } catch (error) {
    const code = errorCode(error);
    return code === 'ENOENT' ? null : code;
  }
}

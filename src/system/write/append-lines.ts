import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { errorCode } from '../observe/system-error.js';

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

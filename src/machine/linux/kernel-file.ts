import { closeSync, openSync, readSync } from 'node:fs';

const PIECE = 16 * 1024;

/** One for all: reading is synchronous, and a buffer for each process would take more memory than the text. */
let buffer: Buffer | undefined;

/**
 * Reads a file of `/proc` to its end. Such files have no size, and processes decide how long theirs are.
 * @param longest in bytes; no more than these and one piece are read
 * @returns null where it is longer
 * @throws what `open(2)` and `read(2)` fail with
 */
export function readKernelFile(path: string, longest: number): string | null {
  buffer ??= Buffer.allocUnsafe(PIECE);
  const file = openSync(path, 'r');
  try {
    const pieces: Buffer[] = [];
    let length = 0;
    for (;;) {
      const count = readSync(file, buffer, 0, PIECE, null);
      if (count === 0) return Buffer.concat(pieces).toString('utf8');
      length += count;
      if (length > longest) return null;
      pieces.push(Buffer.from(buffer.subarray(0, count)));
    }
  } finally {
    closeSync(file);
  }
}

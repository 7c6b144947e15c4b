import { closeSync, openSync, readSync } from 'node:fs';

const PIECE = 16 * 1024;

/**
 * The read buffer, shared by all calls, which are synchronous. A buffer for each file would take more memory than the
 * text.
 */
let buffer: Buffer | undefined;

/**
 * Reads a file of `/proc` to its end. The kernel reports no size for such a file, and a process can make its own files
 * of any length, so `longest` limits the read.
 * @param longest limit in bytes; at most one further piece is read
 * @returns null if the file is longer than `longest`
 * @throws the system's error
 */
export function readKernelFile(path: string, longest: number): Buffer | null {
  buffer ??= Buffer.allocUnsafe(PIECE);
  const file = openSync(path, 'r');
  try {
    const pieces: Buffer[] = [];
    let length = 0;
    for (;;) {
      const count = readSync(file, buffer, 0, PIECE, null);
      if (count === 0) return Buffer.concat(pieces);
      length += count;
      if (length > longest) return null;
      pieces.push(Buffer.from(buffer.subarray(0, count)));
    }
  } finally {
    closeSync(file);
  }
}

import { fstatSync, writeSync } from 'node:fs';

const STDOUT = 1;

/**
 * Prints to stdout at once. Making Node's stream for it loads all of Node's networking, a tenth of what a command
 * costs on an empty range; the stream is asked only where the reader is too slow to take everything.
 */
export function print(text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(STDOUT, bytes, written);
    } catch (error) {
      const trouble = error as NodeJS.ErrnoException;
      if (trouble.code !== 'EAGAIN') unlessReaderLeft(trouble);
      else process.stdout.on('error', unlessReaderLeft).write(bytes.subarray(written));
      return;
    }
  }
}

/** A reader that has seen enough (`| head`) is no error of ours. */
function unlessReaderLeft(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}

/** Whether text on stdout may have colours: for a terminal, unless `NO_COLOR` says otherwise. */
export function hasColour(): boolean {
  // A pipe or a file is told from a terminal without making the stream.
  return !process.env['NO_COLOR'] && fstatSync(STDOUT).isCharacterDevice() && process.stdout.isTTY;
}

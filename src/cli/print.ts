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
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') process.stdout.write(bytes.subarray(written));
      // A reader that has seen enough (`| head`) is no error of ours.
      else if (code !== 'EPIPE') throw error;
      return;
    }
  }
}

/** Whether text on stdout may have colours: for a terminal, unless `NO_COLOR` says otherwise. */
export function hasColour(): boolean {
  // A pipe or a file is told from a terminal without making the stream.
  return !process.env['NO_COLOR'] && fstatSync(STDOUT).isCharacterDevice() && process.stdout.isTTY;
}

import { fstatSync, writeSync } from 'node:fs';
import type { WriteStream } from 'node:tty';

/** Where a command writes. */
export interface Terminal {
  /** To stdout. Output that cannot be written is said on stderr, and the exit code is 2; never throws. */
  print(text: string): void;
  /** To stderr. */
  writeError(text: string): void;
  /** Whether text on stdout may have colours. */
  hasColour(): boolean;
  /** Shows how far a sweep is, on one line of a terminal that is wiped at the end; elsewhere nothing. */
  showProgress(done: number, total: number): void;
}

/** Exit code of a command whose output is lost. */
const NOT_DONE = 2;
const STDOUT = 1;
const STDERR = 2;

/**
 * Prints to stdout at once. Making Node's stream for it loads all of Node's networking, a tenth of what a command
 * costs on an empty range; the stream is asked only where the reader is too slow to take everything.
 * Never throws: output that cannot be written undoes nothing that was done, so it is said, and the exit code is 2.
 */
export function print(text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(STDOUT, bytes, written);
    } catch (error) {
      const trouble = error as NodeJS.ErrnoException;
      if (trouble.code !== 'EAGAIN') complain(trouble);
      else process.stdout.on('error', complain).write(bytes.subarray(written));
      return;
    }
  }
}

/** A reader that has seen enough (`| head`) is no error of ours. */
function complain({ code, message }: NodeJS.ErrnoException): void {
  if (code === 'EPIPE') return;
  process.exitCode = NOT_DONE;
  const words = `spec-kitty: cannot write to stdout: ${code ?? message}`;
  const remedy = 'run `spec-kitty auth doctor` with an output that can be written, to see how things are';
  try {
    writeSync(STDERR, `${words}\nnext step: ${remedy}\n`);
  } catch {
    // Nobody can be told: the exit code is all that is left.
  }
}

/** Whether text on stdout may have colours: for a terminal that knows them, unless `NO_COLOR` says otherwise. */
export function hasColour(): boolean {
  // A pipe or a file is told from a terminal without making the stream.
  if (process.env['NO_COLOR'] || process.env['TERM'] === 'dumb') return false;
  return fstatSync(STDOUT).isCharacterDevice() && process.stdout.isTTY;
}

export function writeError(text: string): void {
  process.stderr.write(text);
}

/** Shows progress on a terminal; on anything else nothing. */
export function progressOn(stream: Pick<WriteStream, 'isTTY' | 'write'>): Terminal['showProgress'] {
  if (!stream.isTTY) return () => undefined;
  return (done, total) => {
    stream.write(done < total ? `\r\u001b[Kretiring daemons: ${done} of ${total}` : '\r\u001b[K');
  };
}

export function showProgress(done: number, total: number): void {
  progressOn(process.stderr)(done, total);
}

import { fstatSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { isatty, type WriteStream } from 'node:tty';

/** Output of a command, and questions to its user. */
export interface Terminal {
  /** Writes to stdout. Never throws: a write error is reported on stderr, and the exit code becomes 2. */
  print(text: string): void;
  /** Writes to stderr. */
  writeError(text: string): void;
  /** Whether text on stdout may have colours. */
  hasColour(): boolean;
  /** Whether stdin and stderr are terminals, so that a user can be asked. */
  canAsk(): boolean;
  /** Writes a question to stderr and reads one line from stdin. @returns null at the end of the input */
  ask(question: string): Promise<string | null>;
  /**
   * Shows the progress of a sweep on stderr, in one line that is cleared at the end. Writes nothing if stderr is no
   * terminal.
   */
  showProgress(done: number, total: number): void;
}

/** Exit code of a command whose output could not be written. */
const EXIT_FAILED = 2;
const STDIN = 0;
const STDOUT = 1;
const STDERR = 2;

/**
 * Writes to stdout synchronously. Node's own stdout stream is used only when the reader is slow (EAGAIN), because that
 * stream loads Node's networking, which takes a tenth of the time of a command on an empty range. Never throws: the
 * work of the command is already done, so a write error is only reported, and the exit code becomes 2.
 */
export function print(text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) {
    try {
      written += writeSync(STDOUT, bytes, written);
    } catch (error) {
      const failure = error as NodeJS.ErrnoException;
      if (failure.code !== 'EAGAIN') reportWriteError(failure);
      else process.stdout.on('error', reportWriteError).write(bytes.subarray(written));
      return;
    }
  }
}

/**
 * Reports a write error on stderr and sets the exit code. EPIPE is not reported, because the reader has stopped reading
 * (`| head`).
 */
function reportWriteError({ code, message }: NodeJS.ErrnoException): void {
  if (code === 'EPIPE') return;
  process.exitCode = EXIT_FAILED;
  const words = `spec-kitty: cannot write to stdout: ${code ?? message}`;
  const remedy = 'run `spec-kitty auth doctor` with a writable output to see the current state';
  try {
    writeSync(STDERR, `${words}\nnext step: ${remedy}\n`);
  } catch {
    // stderr cannot be written either; the exit code still reports the failure.
  }
}

/** Whether text on stdout may have colours: on a terminal that supports them, unless `NO_COLOR` is set. */
export function hasColour(): boolean {
  // The check for a character device avoids creating Node's stdout stream for a pipe or a file.
  if (process.env['NO_COLOR'] || process.env['TERM'] === 'dumb') return false;
  return fstatSync(STDOUT).isCharacterDevice() && process.stdout.isTTY;
}

export function canAsk(): boolean {
  // The check for a character device avoids loading `node:tty` for a pipe or a file.
  return [STDIN, STDERR].every(
    (descriptor) => fstatSync(descriptor).isCharacterDevice() && isatty(descriptor),
  );
}

export async function ask(question: string): Promise<string | null> {
  process.stderr.write(question);
  const lines = createInterface({ input: process.stdin });
  return new Promise((resolve) => {
    lines.once('line', (line) => {
      resolve(line);
      lines.close();
    });
    lines.once('close', () => {
      resolve(null);
    });
  });
}

export function writeError(text: string): void {
  process.stderr.write(text);
}

/**
 * Makes a function that shows progress in one line of a stream. The function writes nothing if the stream is no
 * terminal.
 */
export function progressOn(stream: Pick<WriteStream, 'isTTY' | 'write'>): Terminal['showProgress'] {
  if (!stream.isTTY) return () => undefined;
  return (done, total) => {
    stream.write(done < total ? `\r\u001b[Kretiring daemons: ${done} of ${total}` : '\r\u001b[K');
  };
}

export function showProgress(done: number, total: number): void {
  progressOn(process.stderr)(done, total);
}

import { fstatSync, writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { isatty } from 'node:tty';
import { statusLineOn, type Wait } from './status-line.js';

/** Output of a command, and questions to its user. */
export interface Terminal {
  /** Writes to stdout. Never throws: a write error is reported on stderr, and the exit code becomes 2. */
  print(text: string): void;
  /** Writes to stderr. */
  writeError(text: string): void;
  /** Whether text on stdout may have colours. */
  hasColour(): boolean;
  /** Width of the terminal that stdout is, in columns; null if stdout is no terminal. */
  columns(): number | null;
  /** Whether stdin and stderr are terminals, so that a user can be asked. */
  canAsk(): boolean;
  /**
   * Writes a question to stderr and reads one line from stdin.
   * @param cancelled resolves if no answer is wanted any more
   * @returns null without an answer: at the end of the input, or if it was cancelled
   */
  ask(question: string, cancelled: Promise<unknown>): Promise<string | null>;
  /** Shows on stderr how many daemons a sweep has dealt with. Writes nothing if stderr is no terminal. */
  showProgress(done: number, total: number): void;
  /**
   * Says on stderr what is waited for, until the returned function is called. Writes nothing if stderr is no terminal,
   * and nothing in the first 0.4 s of a command's waits.
   */
  showWait(wait: Wait): () => void;
  /**
   * Calls `act` on SIGINT, as of Ctrl-C, instead of the system's default, which ends the process.
   * @returns a function that restores the default
   */
  onInterrupt(act: () => void): () => void;
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
  statusLine.clear();
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
  const remedy = 'run `auth doctor` with an output that can be written, to see the current state';
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

/** Width of a terminal that does not tell its width, such as a serial line or one of `docker run -t`. */
const USUAL_COLUMNS = 80;

export function columns(): number | null {
  // The check for a character device avoids creating Node's stdout stream for a pipe or a file.
  if (!fstatSync(STDOUT).isCharacterDevice() || !process.stdout.isTTY) return null;
  return process.stdout.columns || USUAL_COLUMNS;
}

export function canAsk(): boolean {
  // The check for a character device avoids loading `node:tty` for a pipe or a file.
  return [STDIN, STDERR].every(
    (descriptor) => fstatSync(descriptor).isCharacterDevice() && isatty(descriptor),
  );
}

export async function ask(question: string, cancelled: Promise<unknown>): Promise<string | null> {
  statusLine.clear();
  process.stderr.write(question);
  const lines = createInterface({ input: process.stdin });
  void cancelled.then(() => {
    lines.close();
  });
  const answer = await new Promise<string | null>((resolve) => {
    lines.once('line', resolve);
    lines.once('close', () => {
      resolve(null);
    });
  });
  lines.close();
  // The terminal has shown the end of a line only if the user typed it.
  if (answer === null) process.stderr.write('\n');
  return answer;
}

export function writeError(text: string): void {
  statusLine.clear();
  process.stderr.write(text);
}

const statusLine = statusLineOn(
  () => process.stderr,
  (ms, act) => {
    setTimeout(act, ms).unref();
  },
);

export const { showProgress, showWait } = statusLine;

export function onInterrupt(act: () => void): () => void {
  process.on('SIGINT', act);
  return () => {
    process.off('SIGINT', act);
  };
}

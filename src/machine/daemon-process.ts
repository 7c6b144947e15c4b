import { closeSync, fstatSync, statSync, writeSync } from 'node:fs';

/**
 * Whether an inherited descriptor refers to the file at `path`. The number is no proof, because another file may have
 * been inherited under the same number.
 */
export function isInherited(descriptor: number, path: string): boolean {
  try {
    const [inherited, file] = [fstatSync(descriptor), statSync(path)];
    return inherited.dev === file.dev && inherited.ino === file.ino;
  } catch {
    return false;
  }
}

/**
 * Releases an inherited lock and writes one line to the process that started us. Errors are ignored, because that
 * process may have exited.
 */
export function answerStarter(lock: number, answer: number, line: string): void {
  ignoringErrors(() => {
    closeSync(lock);
  });
  ignoringErrors(() => {
    writeSync(answer, line);
    closeSync(answer);
  });
}

export function onStopSignal(act: (signal: string) => void): void {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, act);
}

export function exit(code: number): never {
  process.exit(code);
}

function ignoringErrors(act: () => void): void {
  try {
    act();
  } catch {
    // The starter may have exited, and there is no other process to report the error to.
  }
}

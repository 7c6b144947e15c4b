import { closeSync, fstatSync, statSync, writeSync } from 'node:fs';

/** Whether what was inherited under a number is this file, and no other that happens to have that number. */
export function isInherited(descriptor: number, path: string): boolean {
  try {
    const [inherited, file] = [fstatSync(descriptor), statSync(path)];
    return inherited.dev === file.dev && inherited.ino === file.ino;
  } catch {
    return false;
  }
}

/** Lets an inherited lock go, and writes one line to the process that started us; it may have stopped waiting. */
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
    // No process is there to be told.
  }
}

import { closeSync, fstatSync, statSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import { CONFIRMED } from './spawn.js';

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
 * Releases an inherited lock, writes one line to the process that started us, and waits for its confirmation. Errors are
 * ignored, because that process may have exited.
 * @returns whether the starter confirmed this process; false if it refused, or ended before it confirmed
 */
export function answerStarter(lock: number, answer: number, line: string): Promise<boolean> {
  ignoringErrors(() => {
    closeSync(lock);
  });
  ignoringErrors(() => {
    writeSync(answer, line);
  });
  return new Promise((resolve) => {
    let pipe: Socket;
    try {
      pipe = new Socket({ fd: answer, readable: true, writable: false });
    } catch {
      // It is no pipe, so there is no starter that could confirm.
      resolve(false);
      return;
    }
    let text = '';
    pipe.setEncoding('utf8');
    pipe.on('data', (chunk: string) => {
      text += chunk;
    });
    pipe.on('error', () => undefined);
    pipe.once('close', () => {
      resolve(text === CONFIRMED);
    });
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

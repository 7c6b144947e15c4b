import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { python } from './requirements.js';
import type { Sandbox } from './sandbox.js';

const TERMINAL = fileURLToPath(new URL('../fixtures/python/terminal.py', import.meta.url));
const BIN = fileURLToPath(new URL('../../dist/bin.cjs', import.meta.url));

/** The environment of a user's terminal; other tests run without colours. */
export const AS_USER = { NO_COLOR: '', TERM: 'xterm' };

/** Text that appeared on a terminal, and when, on the clock of `performance.now()`. */
interface Shown {
  readonly at: number;
  readonly text: string;
}

/** The product on a terminal of its own, with what a user types there. */
export interface OnTerminal {
  /** Types keys: `\r` for Enter, `\x03` for Ctrl-C, `\x04` for Ctrl-D. */
  readonly type: (keys: string) => void;
  /** Resolves when the text has been shown; rejects if the program ends without it. */
  readonly shows: (text: string) => Promise<void>;
  /** Everything that was shown until now. */
  readonly text: () => string;
  readonly chunks: readonly Shown[];
  /** The exit code. */
  readonly ended: Promise<number | null>;
}

/** Starts the product on a terminal of its own in the namespace. */
export function openTerminal(
  { processes, home, folder }: Sandbox,
  words: readonly string[],
  env: Readonly<Record<string, string>> = { NO_COLOR: '1', TERM: 'xterm' },
  cwd = folder,
): OnTerminal {
  const child = processes.spawn([python, TERMINAL, '200', process.execPath, BIN, ...words], {
    env: { HOME: home, ...env },
    cwd,
  });
  const chunks: Shown[] = [];
  const text = (): string => chunks.map((chunk) => chunk.text).join('');
  child.stdin?.on('error', () => undefined);
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    chunks.push({ at: performance.now(), text: chunk });
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return {
    type: (keys) => void child.stdin?.write(keys),
    async shows(wanted) {
      while (!text().includes(wanted)) {
        const next = child.stdout ? once(child.stdout, 'data') : ended;
        const isOver = await Promise.race([next.then(() => false), ended.then(() => true)]);
        if (isOver && !text().includes(wanted)) throw new Error(`not shown: ${wanted}\n${text()}`);
      }
    },
    text,
    chunks,
    ended,
  };
}

import type { WriteStream } from 'node:tty';
import { rangesText } from '../model/family.js';

/** Something that a command waits for: `asking 9400 once more, up to 10 s`. Waits that differ in the port only are shown as one. */
export interface Wait {
  /** What it does, before the port, if there is one. */
  readonly doing: string;
  readonly port?: number;
  /** What it does, after the port. */
  readonly then?: string;
  /** How long it waits at most. */
  readonly atMostMs?: number;
}

/** One line at the bottom of a terminal, which says what a command waits for. */
export interface StatusLine {
  /** Shows how many daemons a sweep has dealt with; the end of the sweep removes it. */
  readonly showProgress: (done: number, total: number) => void;
  /** Says what is waited for until the returned function is called. */
  readonly showWait: (wait: Wait) => () => void;
  /** Removes the line, before other output. */
  readonly clear: () => void;
}

/**
 * How long a command may be silent. After this time since its first wait, every wait is shown as soon as it begins, so
 * that many short ones are no long silence.
 */
const SILENT_MS = 400;

/**
 * Makes a status line. Writes nothing if the stream is no terminal.
 * @param stream returns the stream; called only when something is to be shown, because making stderr takes time
 * @param after calls a function later, and does not keep the process running for it
 */
export function statusLineOn(
  stream: () => Pick<WriteStream, 'isTTY' | 'write'> & { readonly columns?: number },
  after: (ms: number, act: () => void) => void,
): StatusLine {
  const waits = new Set<Wait>();
  let progress = '';
  let shown = '';
  let silence: 'not_begun' | 'lasts' | 'over' = 'not_begun';

  const draw = (line: string): void => {
    const terminal = stream();
    if (!terminal.isTTY) return;
    // A longer line would wrap, and could not be removed.
    const cut = line.slice(0, (terminal.columns ?? 80) - 1);
    if (cut === shown) return;
    shown = cut;
    terminal.write(`\r\u001b[K${cut}`);
  };
  const update = (): void => {
    draw([progress, ...(silence === 'over' ? wordsOf([...waits]) : [])].filter(Boolean).join('; '));
  };
  return {
    showProgress(done, total) {
      progress = done < total ? `retiring daemons: ${done} of ${total}` : '';
      // The end removes the line also if it is the first thing that is shown.
      if (progress === '' && shown === '') shown = ' ';
      update();
    },
    showWait(wait) {
      waits.add(wait);
      if (silence === 'not_begun') {
        silence = 'lasts';
        after(SILENT_MS, () => {
          silence = 'over';
          update();
        });
      } else if (silence === 'over') update();
      return () => {
        if (waits.delete(wait) && silence === 'over') update();
      };
    },
    clear() {
      if (shown !== '') draw('');
    },
  };
}

/** Words for all waits, the longest first. */
function wordsOf(waits: readonly Wait[]): readonly string[] {
  const groups = new Map<string, { readonly wait: Wait; readonly ports: number[] }>();
  for (const wait of waits) {
    const { port, ...same } = wait;
    const key = JSON.stringify(same);
    const group = groups.get(key) ?? { wait, ports: [] };
    if (port !== undefined) group.ports.push(port);
    groups.set(key, group);
  }
  return [...groups.values()]
    .toSorted((one, other) => (other.wait.atMostMs ?? 0) - (one.wait.atMostMs ?? 0))
    .map(({ wait: { doing, then, atMostMs }, ports }) => {
      const words = [doing, ...(ports.length > 0 ? [rangesText(ports)] : []), ...(then ? [then] : [])].join(
        ' ',
      );
      return atMostMs === undefined || atMostMs === 0 ? words : `${words}, up to ${atMostMs / 1000} s`;
    });
}

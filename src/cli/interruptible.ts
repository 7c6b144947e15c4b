import type { Interruption } from '../enforcement/interruption.js';
import type { Machine } from '../machine/machine.js';

/**
 * Does work that Ctrl-C ends early, with the result so far, and says on the terminal what Ctrl-C does. A cleanup that
 * was interrupted reports what it did, and its command exits with 130.
 */
export async function interruptible<T>(
  machine: Machine,
  work: (interruption: Interruption) => Promise<T>,
): Promise<T> {
  const { interruption, restore } = listenForInterrupts(machine);
  try {
    return await work(interruption);
  } finally {
    restore();
  }
}

/** npm passes Ctrl-C on to a program that the terminal has sent it to as well. That is one Ctrl-C. */
const SAME_INTERRUPT_MS = 500;

/** Listens for Ctrl-C, and says on the terminal what it does. */
function listenForInterrupts({ actor, observer: { clock } }: Machine): {
  readonly interruption: Interruption;
  readonly restore: () => void;
} {
  let firstMs: number | null = null;
  let isRepeated = false;
  let request = (): void => undefined;
  const requested = new Promise<void>((resolve) => {
    request = resolve;
  });
  let endWait = (): void => undefined;
  const restore = actor.terminal.onInterrupt(() => {
    const now = clock.monotonicMs();
    if (firstMs === null) {
      firstMs = now;
      endWait = actor.terminal.showWait(INTERRUPT_WAIT);
      request();
    } else if (now - firstMs > SAME_INTERRUPT_MS) isRepeated = true;
  });
  return {
    interruption: { requested, isRequested: () => firstMs !== null, isRepeated: () => isRepeated },
    restore() {
      endWait();
      // npm's copy of a Ctrl-C may come late, and must not end the command before its report.
      if (firstMs === null) restore();
    },
  };
}

const INTERRUPT_WAIT = {
  doing: 'interrupted, nothing more is sent; anything sent before is waited for (Ctrl-C again: it is not)',
};

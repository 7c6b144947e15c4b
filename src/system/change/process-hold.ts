import { closeSync } from 'node:fs';
import type { FenceKind } from '../../model/outcome.js';
import { loadPidfd } from './pidfd.js';
import { sendSignal, type SignalOutcome } from './signal.js';

/** A grip on one process. Taken before the last look at it, and used for the signal after. */
export interface ProcessHold {
  readonly kind: FenceKind;
  signal(signal: 'SIGTERM' | 'SIGKILL'): SignalOutcome;
  release(): void;
}

/** How processes are held on this system, and why not more firmly. */
export interface Fence {
  readonly kind: FenceKind;
  readonly why: string | null;
  hold(pid: number): ProcessHold;
}

/**
 * With a pidfd, the signal reaches the very process that was looked at or none at all: a number that changed hands in
 * between is nobody's business any more (pitfall 6). Without, the signal goes by number, right after the look.
 */
export async function raiseFence(): Promise<Fence> {
  const pidfd = await loadPidfd();
  if (!pidfd.ok) return { kind: 'recheck', why: pidfd.why, hold: holdByNumber };
  return {
    kind: 'pidfd',
    why: null,
    hold(pid) {
      const descriptor = pidfd.open(pid);
      // No descriptor: it has ended meanwhile, and the next look at it will say so. It is never signalled by number.
      if (descriptor === null) return GONE;
      return {
        kind: 'pidfd',
        signal: (signal) => pidfd.signal(descriptor, signal),
        release: () => {
          closeSync(descriptor);
        },
      };
    },
  };
}

const GONE: ProcessHold = {
  kind: 'pidfd',
  signal: () => ({ sent: false, code: 'ESRCH' }),
  release: () => undefined,
};

function holdByNumber(pid: number): ProcessHold {
  return { kind: 'recheck', signal: (signal) => sendSignal(pid, signal), release: () => undefined };
}

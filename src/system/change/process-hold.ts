import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import type { FenceKind, FenceReading } from '../../model/outcome.js';
import { loadLibc } from './libc.js';
import { sendSignal, type SignalOutcome } from './signal.js';

/** A grip on one process. Taken before the last look at it, and used for the signal after. */
export interface ProcessHold {
  readonly kind: FenceKind;
  signal(signal: 'SIGTERM' | 'SIGKILL'): SignalOutcome;
  release(): void;
}

/** How processes are held on this system, and why not more firmly. */
export interface Fence extends FenceReading {
  hold(pid: number): ProcessHold;
}

/**
 * With a pidfd (Linux 5.3), the signal reaches the very process that was looked at or none at all: a number that
 * changed hands in between is nobody's business any more (pitfall 6). Without, the signal goes by number, right after
 * the look.
 */
export async function raiseFence(): Promise<Fence> {
  const reading = await loadLibc();
  if (!reading.ok) return byNumber(reading.why);
  const { libc } = reading;
  // A kernel without the call would be found out only in the middle of a sweep: ask it now, about ourselves.
  const own = libc.pidfdOpen(process.pid);
  if (typeof own === 'string') return byNumber(`the kernel gives no pidfd (${own})`);
  closeSync(own);
  return {
    kind: 'pidfd',
    why: null,
    hold(pid) {
      const pidfd = libc.pidfdOpen(pid);
      // It has ended meanwhile, and the next look will say so. It is never signalled by number instead.
      if (typeof pidfd === 'string')
        return { kind: 'pidfd', signal: () => ({ sent: false, code: pidfd }), release };
      return {
        kind: 'pidfd',
        signal(signal) {
          const result = libc.pidfdSendSignal(pidfd, constants.signals[signal]);
          return typeof result === 'string' ? { sent: false, code: result } : { sent: true };
        },
        release: () => {
          closeSync(pidfd);
        },
      };
    },
  };
}

function byNumber(why: string): Fence {
  return {
    kind: 'recheck',
    why,
    hold: (pid) => ({ kind: 'recheck', signal: (signal) => sendSignal(pid, signal), release }),
  };
}

function release(): void {
  // Nothing was taken.
}

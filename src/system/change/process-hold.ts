import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import type { ProcessEvidence } from '../../model/evidence.js';
import type { FenceKind, FenceReading } from '../../model/outcome.js';
import { stillTheOne } from '../observe/still-the-one.js';
import { loadLibc } from './libc.js';
import { sendSignal } from './signal.js';

/** A grip on one process. Taken before the last look at it, and used for the signal after. */
export interface ProcessHold {
  readonly kind: FenceKind;
  signal(signal: 'SIGTERM' | 'SIGKILL'): HoldOutcome;
  release(): void;
}

/** What became of a signal; unless it is `sent`, nobody got it. */
type HoldOutcome =
  | { readonly kind: 'sent' }
  /** The process that was held has ended. */
  | { readonly kind: 'gone' }
  /** Its number no longer shows what was judged; seen only where no pidfd settles who is meant. */
  | { readonly kind: 'changed' }
  | { readonly kind: 'denied'; readonly code: string };

/** How processes are held on this system, and why not more firmly. */
export interface Fence extends FenceReading {
  /** @param inode the socket that the process was judged by */
  hold(process: ProcessEvidence, inode: number): ProcessHold;
}

/**
 * With a pidfd (Linux 5.3), the signal reaches the very process that was looked at or none at all: a number that
 * changed hands in between is nobody's business any more (pitfall 6). Without, the signal goes by number, and the look
 * is taken once more with nothing in between: with fifty targets at once the one before may be a second old.
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
    hold({ pid }) {
      const pidfd = libc.pidfdOpen(pid);
      // It has ended meanwhile, and the next look will say so. It is never signalled by number instead.
      if (typeof pidfd === 'string') return { kind: 'pidfd', signal: () => outcomeOf(pidfd), release };
      return {
        kind: 'pidfd',
        signal(signal) {
          const result = libc.pidfdSendSignal(pidfd, constants.signals[signal]);
          return outcomeOf(typeof result === 'string' ? result : null);
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
    hold: (process, inode) => ({
      kind: 'recheck',
      signal(signal) {
        const found = stillTheOne(process, inode);
        if (found !== 'same') return { kind: found };
        const outcome = sendSignal(process.pid, signal);
        return outcomeOf(outcome.sent ? null : outcome.code);
      },
      release,
    }),
  };
}

/** @param code the name of the system's error, or null */
function outcomeOf(code: string | null): HoldOutcome {
  if (code === null) return { kind: 'sent' };
  return code === 'ESRCH' ? { kind: 'gone' } : { kind: 'denied', code };
}

function release(): void {
  // Nothing was taken.
}

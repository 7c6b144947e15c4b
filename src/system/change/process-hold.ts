import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import type { FenceReading } from '../../model/outcome.js';
import { loadLibc } from './libc.js';

/** A grip on one process. Taken before the last look at it, and used for the signal after. */
export interface ProcessHold {
  /** Null where the process cannot be held: a number may have changed hands by the time the signal is sent. */
  readonly signal: ((signal: 'SIGTERM' | 'SIGKILL') => HoldOutcome) | null;
  release(): void;
}

/** What became of a signal; unless it is `sent`, nobody got it. */
export type HoldOutcome =
  | { readonly kind: 'sent' }
  /** The process that was held has ended. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'denied'; readonly code: string };

/** How processes are held on this system, and why not at all. */
export interface Fence extends FenceReading {
  hold(pid: number): ProcessHold;
}

/**
 * With a pidfd (Linux 5.3), a signal reaches the very process that was looked at or none at all: a number that changed
 * hands in between is nobody's business any more (pitfall 6). Without, there is no signal that could not hit somebody
 * else, however short the time since the last look, and none is sent.
 */
export async function raiseFence(): Promise<Fence> {
  const reading = await loadLibc();
  if (!reading.ok) return noFence(reading.why);
  const { libc } = reading;
  // A kernel without the call would be found out only in the middle of a sweep: ask it now, about ourselves.
  const own = libc.pidfdOpen(process.pid);
  if (typeof own === 'string') return noFence(`the kernel gives no pidfd (${own})`);
  closeSync(own);
  return {
    kind: 'pidfd',
    why: null,
    hold(pid) {
      const pidfd = libc.pidfdOpen(pid);
      // It has ended meanwhile, and the next look will say so. It is never signalled by number instead.
      if (typeof pidfd === 'string') return { signal: () => outcomeOf(pidfd), release: nothingToRelease };
      return {
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

function noFence(why: string): Fence {
  return { kind: 'none', why, hold: () => ({ signal: null, release: nothingToRelease }) };
}

/** @param code the name of the system's error, or null */
function outcomeOf(code: string | null): HoldOutcome {
  if (code === null) return { kind: 'sent' };
  return code === 'ESRCH' ? { kind: 'gone' } : { kind: 'denied', code };
}

function nothingToRelease(): void {
  // Nothing was taken.
}

import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import type { HandleSupport } from '../../model/outcome.js';
import { errorCode } from '../../model/system-error.js';
import { loadLibc } from './libc.js';

/** A grip on one process. Taken before the last look at it, and used for the signal after. */
export interface ProcessHandle {
  /** Null where the process cannot be held: a number may have changed hands by the time the signal is sent. */
  readonly signal: ((signal: 'SIGTERM' | 'SIGKILL') => SignalOutcome) | null;
  close(): void;
}

/** What became of a signal; unless it is `sent`, nobody got it. */
export type SignalOutcome =
  | { readonly kind: 'sent' }
  /** The process that was held has ended. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'denied'; readonly code: string };

/** How processes are held on this system, and why not at all. */
export interface HandleOpener extends HandleSupport {
  open(pid: number): ProcessHandle;
}

/**
 * With a pidfd (Linux 5.3), a signal reaches the very process that was looked at or none at all: a number that changed
 * hands in between is nobody's business any more (pitfall 6). Without, there is no signal that could not hit somebody
 * else, however short the time since the last look, and none is sent.
 */
export async function detectPidfd(): Promise<HandleOpener> {
  const reading = await loadLibc();
  if (!reading.ok) return withoutPidfd(reading.why);
  const { libc } = reading;
  // A kernel without the call would be found out only in the middle of a sweep: ask it now, about ourselves.
  const own = libc.pidfdOpen(process.pid);
  if (typeof own === 'string') return withoutPidfd(`the kernel gives no pidfd (${own})`);
  closeSync(own);
  return {
    kind: 'pidfd',
    why: null,
    open(pid) {
      const pidfd = libc.pidfdOpen(pid);
      // It has ended meanwhile, and the next look will say so. It is never signalled by number instead.
      if (typeof pidfd === 'string') return { signal: () => outcomeOf(pidfd), close: nothingToClose };
      return {
        signal(signal) {
          const result = libc.pidfdSendSignal(pidfd, constants.signals[signal]);
          return outcomeOf(typeof result === 'string' ? result : null);
        },
        close: () => {
          closeSync(pidfd);
        },
      };
    },
  };
}

/** How processes can be held on this system. */
export async function readHandleSupport(): Promise<HandleSupport> {
  const { kind, why } = await detectPidfd();
  return { kind, why };
}

function withoutPidfd(why: string): HandleOpener {
  return { kind: 'none', why, open: () => ({ signal: null, close: nothingToClose }) };
}

/** @param code the name of the system's error, or null */
function outcomeOf(code: string | null): SignalOutcome {
  if (code === null) return { kind: 'sent' };
  return code === 'ESRCH' ? { kind: 'gone' } : { kind: 'denied', code };
}

function nothingToClose(): void {
  // Nothing was taken.
}

export type SignalAnswer = { readonly may: true } | { readonly may: false; readonly code: string };

/** Asks the kernel whether we might signal a process, without doing so (signal 0). */
export function checkSignalPermission(pid: number): SignalAnswer {
  // 0, 1 and negative numbers mean a group, everybody or the first process: never what is meant here (pitfall 13).
  if (!Number.isSafeInteger(pid) || pid <= 1) return { may: false, code: 'EINVAL' };
  try {
    process.kill(pid, 0);
    return { may: true };
  } catch (error) {
    return { may: false, code: errorCode(error) };
  }
}

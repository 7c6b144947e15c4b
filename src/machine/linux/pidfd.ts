import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import type { HandleSupport } from '../../model/outcome.js';
import { errorCode } from '../../model/system-error.js';
import { loadLibc } from './libc.js';

/** A handle on one process, opened before its revalidation and used to signal it afterwards. */
export interface ProcessHandle {
  /** Null without pidfd: the PID may be reused before the signal is sent. */
  readonly signal: ((signal: 'SIGTERM' | 'SIGKILL') => SignalOutcome) | null;
  close(): void;
}

/** The result of sending a signal. Only with `sent` did a process receive it. */
export type SignalOutcome =
  | { readonly kind: 'sent' }
  /** The process has ended. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'denied'; readonly code: string };

/** Opens process handles; `kind` and `why` say whether this system has pidfd. */
export interface HandleOpener extends HandleSupport {
  open(pid: number): ProcessHandle;
}

/**
 * Detects whether processes can be signalled by pidfd (Linux 5.3). A signal by pidfd reaches the process that was
 * validated or none, even if its PID is reused (pitfall 6). Without pidfd, no signal is safe from PID reuse, so none is
 * sent.
 */
export async function detectPidfd(): Promise<HandleOpener> {
  const loaded = await loadLibc();
  if (!loaded.ok) return withoutPidfd(loaded.why);
  const { libc } = loaded;
  // Test the call on our own process now, not first in the middle of a sweep.
  const own = libc.pidfdOpen(process.pid);
  if (typeof own === 'string') return withoutPidfd(`the kernel gives no pidfd (${own})`);
  closeSync(own);
  return {
    kind: 'pidfd',
    why: null,
    open(pid) {
      const pidfd = libc.pidfdOpen(pid);
      // The process has exited in most cases, which revalidation detects. Never fall back to a signal by PID.
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

/** Whether this system has pidfd, and if not, why. */
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
  // There is no descriptor.
}

export type SignalAnswer = { readonly may: true } | { readonly may: false; readonly code: string };

/** Asks the kernel whether we may signal a process, without sending a signal (signal 0). */
export function checkSignalPermission(pid: number): SignalAnswer {
  // kill(2) takes 0 and negative numbers for groups or all processes (pitfall 13), and 1 is init.
  if (!Number.isSafeInteger(pid) || pid <= 1) return { may: false, code: 'EINVAL' };
  try {
    process.kill(pid, 0);
    return { may: true };
  } catch (error) {
    return { may: false, code: errorCode(error) };
  }
}

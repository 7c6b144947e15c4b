import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import type { HandleSupport } from '../../model/outcome.js';
import { loadLibc } from './libc.js';

/** A handle on one process, opened before its revalidation and used to signal it afterwards. */
export interface ProcessHandle {
  /** Sends a signal to the process. Null without pidfd, because the PID may be reused before a signal is sent. */
  readonly signal: ((signal: 'SIGTERM' | 'SIGKILL') => SignalOutcome) | null;
  close(): void;
}

/** The result of sending a signal. Only with `sent` did a process receive it. */
export type SignalOutcome =
  | { readonly kind: 'sent' }
  /** The process has ended. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'denied'; readonly code: string };

/** An opener of process handles. `kind` and `why` say whether this system has pidfd, and if not, why. */
export interface HandleOpener extends HandleSupport {
  open(pid: number): ProcessHandle;
}

/**
 * Detects whether processes can be signalled by pidfd (Linux 5.3). A signal by pidfd reaches the process that was
 * validated or no process, even if the PID is reused (pitfall 6). Without pidfd, no signal is safe from PID reuse, so
 * no signal is sent.
 */
export async function detectPidfd(): Promise<HandleOpener> {
  const loaded = await loadLibc();
  if (!loaded.ok) return withoutPidfd(loaded.why);
  const { libc } = loaded;
  // The call is tested on our own process now, so that missing support is known before a sweep begins.
  const own = libc.pidfdOpen(process.pid);
  if (typeof own === 'string') return withoutPidfd(`the kernel gives no pidfd (${own})`);
  closeSync(own);
  return {
    kind: 'pidfd',
    why: null,
    open(pid) {
      const pidfd = libc.pidfdOpen(pid);
      // In most cases the process has exited, which revalidation detects. The handle returns this error for every
      // signal and never signals by PID.
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

/** Reads whether this system has pidfd, and if not, why. */
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

import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { errorCode } from '../observe/system-error.js';
import type { SignalOutcome } from './signal.js';

/** The system calls behind a process hold, or why this system has none. */
export type PidfdCalls =
  | {
      readonly ok: true;
      /** A descriptor that stands for this one process until it is closed, or null when there is no such process. */
      open(pid: number): number | null;
      signal(descriptor: number, signal: 'SIGTERM' | 'SIGKILL'): SignalOutcome;
    }
  | { readonly ok: false; readonly why: string };

/** Numbers of the system calls: the same on every architecture of Linux. */
const PIDFD_SEND_SIGNAL = 424;
const PIDFD_OPEN = 434;

/**
 * Loads the pidfd calls (Linux 5.3) through koffi, which is optional. Node has no way of its own to signal through a
 * descriptor. Loaded only when there is something to signal.
 */
export async function loadPidfd(): Promise<PidfdCalls> {
  try {
    const { default: koffi } = await import('koffi');
    const libc = koffi.load(null);
    const open = libc.func('long syscall(long number, int pid, unsigned int flags)');
    const send = libc.func('long syscall(long number, int pidfd, int signal, void *info, unsigned int flags)');
    const lastError = (): string =>
      Object.entries(koffi.os.errno).find(([, code]) => code === koffi.errno())?.[0] ?? `errno ${koffi.errno()}`;

    // A kernel that does not know the call would fail later, in the middle of a sweep: ask it now, about ourselves.
    const own = Number(open(PIDFD_OPEN, process.pid, 0));
    if (own < 0) return { ok: false, why: `the kernel gives no pidfd (${lastError()})` };
    closeSync(own);
    return {
      ok: true,
      open(pid) {
        const descriptor = Number(open(PIDFD_OPEN, pid, 0));
        return descriptor < 0 ? null : descriptor;
      },
      signal(descriptor, signal) {
        const result = Number(send(PIDFD_SEND_SIGNAL, descriptor, constants.signals[signal], null, 0));
        return result === 0 ? { sent: true } : { sent: false, code: lastError() };
      },
    };
  } catch (error) {
    return { ok: false, why: `koffi cannot be loaded (${errorCode(error)})` };
  }
}

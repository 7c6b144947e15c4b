import { errorCode } from '../observe/system-error.js';

export type SignalOutcome = { readonly sent: true } | { readonly sent: false; readonly code: string };

/** Sends a signal to one process by its number, never to a group (pitfall 13). */
export function sendSignal(pid: number, signal: 'SIGTERM' | 'SIGKILL'): SignalOutcome {
  return attempt(pid, signal);
}

/** Asks the kernel whether we might signal a process, without doing so (signal 0). */
export function mayWeSignal(pid: number): SignalOutcome {
  return attempt(pid, 0);
}

function attempt(pid: number, signal: 'SIGTERM' | 'SIGKILL' | 0): SignalOutcome {
  // 0, 1 and negative numbers mean a group, everybody or the first process: never what is meant here.
  if (!Number.isSafeInteger(pid) || pid <= 1) return { sent: false, code: 'EINVAL' };
  try {
    process.kill(pid, signal);
    return { sent: true };
  } catch (error) {
    return { sent: false, code: errorCode(error) };
  }
}

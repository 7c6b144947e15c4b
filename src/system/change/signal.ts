import { errorCode } from '../observe/system-error.js';

export type SignalAnswer = { readonly may: true } | { readonly may: false; readonly code: string };

/** Asks the kernel whether we might signal a process, without doing so (signal 0). */
export function mayWeSignal(pid: number): SignalAnswer {
  // 0, 1 and negative numbers mean a group, everybody or the first process: never what is meant here (pitfall 13).
  if (!Number.isSafeInteger(pid) || pid <= 1) return { may: false, code: 'EINVAL' };
  try {
    process.kill(pid, 0);
    return { may: true };
  } catch (error) {
    return { may: false, code: errorCode(error) };
  }
}

import type { LibraryHandle } from 'koffi';
import { errorCode } from '../../model/system-error.js';

/** The C library calls that Node lacks. Each returns 0 or more, or the name of the error (`ESRCH`). */
interface Libc {
  /** Opens a descriptor for this one process. The descriptor never refers to a later process with the same PID. */
  pidfdOpen(pid: number): number | string;
  pidfdSendSignal(pidfd: number, signal: number): number | string;
  /**
   * Tries to lock an open file exclusively, without waiting. Closing the last copy of the descriptor unlocks the file.
   */
  tryFlock(descriptor: number): number | string;
}

export type LibcResult =
  { readonly ok: true; readonly libc: Libc } | { readonly ok: false; readonly why: string };

type KoffiFunction = ReturnType<LibraryHandle['func']>;

/** System call numbers, the same on every architecture of Linux. */
const PIDFD_SEND_SIGNAL = 424;
const PIDFD_OPEN = 434;
const LOCK_EX = 2;
const LOCK_NB = 4;

let loaded: Promise<LibcResult> | undefined;

/**
 * Loads the C library calls through koffi, once per process. koffi is an optional dependency. Without koffi there is no
 * pidfd, and locks are taken with flock(1).
 */
export function loadLibc(): Promise<LibcResult> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<LibcResult> {
  try {
    const { default: koffi } = await import('koffi');
    const library = koffi.load(null);
    // Bound when they are first used: macOS has flock, and no pidfd.
    let open: KoffiFunction | undefined;
    let send: KoffiFunction | undefined;
    const flock = library.func('int flock(int descriptor, int operation)');
    const resultOf = (result: unknown): number | string => {
      if (Number(result) >= 0) return Number(result);
      const code = koffi.errno();
      return Object.entries(koffi.os.errno).find(([, known]) => known === code)?.[0] ?? `errno ${code}`;
    };
    return {
      ok: true,
      libc: {
        pidfdOpen(pid) {
          open ??= library.func('long syscall(long number, int pid, unsigned int flags)');
          return resultOf(open(PIDFD_OPEN, pid, 0));
        },
        pidfdSendSignal(pidfd, signal) {
          send ??= library.func(
            'long syscall(long number, int pidfd, int signal, void *info, unsigned int flags)',
          );
          return resultOf(send(PIDFD_SEND_SIGNAL, pidfd, signal, null, 0));
        },
        tryFlock: (descriptor) => resultOf(flock(descriptor, LOCK_EX | LOCK_NB)),
      },
    };
  } catch (error) {
    return { ok: false, why: `koffi cannot be loaded (${errorCode(error)})` };
  }
}

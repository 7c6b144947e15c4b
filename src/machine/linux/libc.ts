import { errorCode } from '../../model/system-error.js';

/** The C library calls that Node lacks. Each returns 0 or more, or the name of the error. */
interface Libc {
  /** A descriptor that stands for this one process until it is closed. */
  pidfdOpen(pid: number): number | string;
  pidfdSendSignal(pidfd: number, signal: number): number | string;
  /** Tries for an exclusive lock on an open file, without waiting; it goes when the last copy of it is closed. */
  tryFlock(descriptor: number): number | string;
}

export type LibcResult =
  { readonly ok: true; readonly libc: Libc } | { readonly ok: false; readonly why: string };

/** Numbers of the system calls: the same on every architecture of Linux. */
const PIDFD_SEND_SIGNAL = 424;
const PIDFD_OPEN = 434;
const LOCK_EX = 2;
const LOCK_NB = 4;

let loaded: Promise<LibcResult> | undefined;

/** Loads the calls through koffi, once. It is optional: without it weaker ways are taken, and said to be. */
export function loadLibc(): Promise<LibcResult> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<LibcResult> {
  try {
    const { default: koffi } = await import('koffi');
    const library = koffi.load(null);
    const open = library.func('long syscall(long number, int pid, unsigned int flags)');
    const send = library.func(
      'long syscall(long number, int pidfd, int signal, void *info, unsigned int flags)',
    );
    const flock = library.func('int flock(int descriptor, int operation)');
    const resultOf = (result: unknown): number | string => {
      if (Number(result) >= 0) return Number(result);
      const code = koffi.errno();
      return Object.entries(koffi.os.errno).find(([, known]) => known === code)?.[0] ?? `errno ${code}`;
    };
    return {
      ok: true,
      libc: {
        pidfdOpen: (pid) => resultOf(open(PIDFD_OPEN, pid, 0)),
        pidfdSendSignal: (pidfd, signal) => resultOf(send(PIDFD_SEND_SIGNAL, pidfd, signal, null, 0)),
        tryFlock: (descriptor) => resultOf(flock(descriptor, LOCK_EX | LOCK_NB)),
      },
    };
  } catch (error) {
    return { ok: false, why: `koffi cannot be loaded (${errorCode(error)})` };
  }
}

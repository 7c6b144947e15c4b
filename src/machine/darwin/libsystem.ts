import type * as Koffi from 'koffi';
import { createRequire } from 'node:module';
import { err, ok, type Result } from '../../model/result.js';
import { errorCode } from '../../model/system-error.js';

/*
 * All foreign functions of macOS. Each fills a buffer and returns how many bytes it has filled, or the name of the
 * system's error (`ESRCH`). What the bytes mean is decoded elsewhere.
 */

export interface LibSystem {
  /** Reads a value of the kernel by its name. */
  sysctlByName(name: string, buffer: Buffer): number | string;
  /** Reads a value of the kernel by its numbers. */
  sysctl(numbers: readonly number[], buffer: Buffer): number | string;
  /** Lists PIDs, of four bytes each. @param of which processes: `LIST_ALL` … */
  listPids(of: number, argument: number, buffer: Buffer): number | string;
  pidInfo(pid: number, flavour: number, buffer: Buffer): number | string;
  pidFdInfo(pid: number, descriptor: number, flavour: number, buffer: Buffer): number | string;
  /** Returns the session of a process of any user. */
  sessionOf(pid: number): number | string;
  /** Sends a signal to one incarnation of a process. Null before macOS 14.2. @returns 0, or the name of the error */
  readonly signalWithAuditToken: ((token: Buffer, signal: number) => number | string) | null;
}

/** Arguments of `listPids`. */
export const LIST_ALL = 1;
export const LIST_OF_USER = 4;
export const LIST_OF_PARENT = 6;

let loaded: Result<LibSystem> | undefined;

/** Loads the functions through koffi, once per process. koffi is an optional dependency. */
export function libSystem(): Result<LibSystem> {
  loaded ??= load();
  return loaded;
}

/** The dynamic linker has this library in its cache; on disk there is no such file. */
const PATH = '/usr/lib/libSystem.B.dylib';

function load(): Result<LibSystem> {
  let koffi: typeof Koffi;
  try {
    koffi = createRequire(import.meta.filename)('koffi') as typeof Koffi;
  } catch (error) {
    return err(`koffi cannot be loaded (${errorCode(error)})`);
  }
  try {
    return ok(functionsOf(koffi));
  } catch (error) {
    return err(`the functions of macOS cannot be called (${errorCode(error)})`);
  }
}

/** @throws if the library or one of its functions is missing */
function functionsOf(koffi: typeof Koffi): LibSystem {
  const library = koffi.load(PATH);
  const byName = library.func(
    'int sysctlbyname(const char *name, void *old, void *length, void *new, size_t new_length)',
  );
  const byNumber = library.func(
    'int sysctl(void *numbers, unsigned int count, void *old, void *length, void *new, size_t new_length)',
  );
  const listPids = library.func(
    'int proc_listpids(uint32_t type, uint32_t argument, void *buffer, int size)',
  );
  const pidInfo = library.func(
    'int proc_pidinfo(int pid, int flavour, uint64_t argument, void *buffer, int size)',
  );
  const pidFdInfo = library.func(
    'int proc_pidfdinfo(int pid, int descriptor, int flavour, void *buffer, int size)',
  );
  const session = library.func('int getsid(int pid)');
  const nameOf = (code: number): string =>
    Object.entries(koffi.os.errno).find(([, known]) => known === code)?.[0] ?? `errno ${code}`;
  /** These functions return 0 for an error, and for nothing found. */
  const filled = (call: () => unknown): number | string => {
    koffi.errno(0);
    const length = Number(call());
    const code = koffi.errno();
    return length > 0 || (length === 0 && code === 0) ? length : nameOf(code);
  };
  /** These functions return 0 for success, and write the length through a pointer. */
  const written = (buffer: Buffer, call: (length: Buffer) => unknown): number | string => {
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(buffer.length));
    return Number(call(length)) === 0 ? Number(length.readBigUInt64LE()) : nameOf(koffi.errno());
  };
  return {
    sysctlByName: (name, buffer) =>
      written(buffer, (length): unknown => byName(name, buffer, length, null, 0)),
    sysctl: (numbers, buffer) =>
      written(buffer, (length): unknown =>
        byNumber(Buffer.from(Int32Array.from(numbers).buffer), numbers.length, buffer, length, null, 0),
      ),
    listPids: (of, argument, buffer) => filled((): unknown => listPids(of, argument, buffer, buffer.length)),
    pidInfo: (pid, flavour, buffer) => filled((): unknown => pidInfo(pid, flavour, 0, buffer, buffer.length)),
    pidFdInfo: (pid, descriptor, flavour, buffer) =>
      filled((): unknown => pidFdInfo(pid, descriptor, flavour, buffer, buffer.length)),
    sessionOf: (pid) => {
      const found = Number(session(pid));
      return found >= 0 ? found : nameOf(koffi.errno());
    },
    signalWithAuditToken: signalFunction(library, nameOf),
  };
}

function signalFunction(
  library: Koffi.LibraryHandle,
  nameOf: (code: number) => string,
): LibSystem['signalWithAuditToken'] {
  try {
    const send = library.func('int proc_signal_with_audittoken(void *token, int signal)');
    return (token, signal) => {
      const code = Number(send(token, signal));
      return code === 0 ? 0 : nameOf(code);
    };
  } catch {
    // The symbol is missing.
    return null;
  }
}

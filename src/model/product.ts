import manifest from '../../package.json' with { type: 'json' };

/** Version of this package. */
export const PACKAGE_VERSION: string = manifest.version;

/** What differs from system to system, all in one place; `docs/platforms.md` says what follows from it. */
export interface Platform {
  /** As Node names it: `linux`, `darwin`, `win32`. */
  readonly name: string;
  /**
   * Linux alone attests who listens, with exact arguments, lets a process be held, and has the lock that releases take.
   * Where any of it is missing nothing is started, and nobody is asked to leave or signalled: it reports.
   */
  readonly canAct: boolean;
  /** Its processes come with the whole command line in one text, and with their start in local time. */
  readonly isWindows: boolean;
  /** Where facts are read from unless another collector is asked for. */
  readonly defaultCollector: 'procfs' | 'systeminformation';
  /** The command that names the process which holds a port. */
  readonly whoHolds: (port: number) => string;
  /** The command that shows what a process is. */
  readonly whoIs: (pid: number) => string;
}

/** @param name as Node names it; facts may come from another machine */
export function platformNamed(name: string): Platform {
  const isWindows = name === 'win32';
  const canAct = name === 'linux';
  const defaultCollector = canAct ? 'procfs' : 'systeminformation';
  return { name, canAct, isWindows, defaultCollector, ...(isWindows ? ON_WINDOWS : ON_UNIX) };
}

const ON_UNIX = {
  whoHolds: (port: number) => `sudo lsof -nP -iTCP:${port} -sTCP:LISTEN`,
  whoIs: (pid: number) => `ps -ww -o pid,user,lstart,command -p ${pid}`,
};

const ON_WINDOWS = {
  whoHolds: () => 'netstat -nao -p TCP',
  whoIs: (pid: number) => `tasklist /v /fi "PID eq ${pid}"`,
};

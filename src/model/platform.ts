import { type Capabilities, PLATFORM_CAPABILITIES } from './capabilities.js';

/**
 * What this program knows about an operating system. `docs/platforms.md` explains the consequences. `Collector` in
 * src/machine/collector.ts lists what another operating system needs.
 */
export interface Platform {
  /** As Node names it: `linux`, `darwin`, `win32`. */
  readonly name: string;
  /** What this program can rely on there if nothing is missing. Verdicts and acts depend on this, never on `name`. */
  readonly capabilities: Capabilities;
  /**
   * Whether the commands that start, stop and forget daemons of ours work there: only where the tests of these commands
   * have run.
   */
  readonly runsDaemons: boolean;
  /** Whether this is Windows, whose tools print a command line as one text, and start times in local time. */
  readonly isWindows: boolean;
  /** The collector that is used unless `--collector` names another. */
  readonly defaultCollector: 'procfs' | 'systeminformation';
  /** The collector that can prove a daemon to be one. It fails on a system that has none. */
  readonly exactCollector: 'procfs';
  /** The command that shows which process listens on a port. */
  readonly whoHolds: (port: number) => string;
  /** The command that shows what a process is. */
  readonly whoIs: (pid: number) => string;
  /** The program that opens an address in the user's browser; null if there is none that takes one as its argument. */
  readonly browserOpener: 'xdg-open' | 'open' | null;
}

/**
 * Returns what is known about a platform. An unknown platform counts as Unix.
 * @param name a value of `process.platform`; a saved scan may come from another platform than this one
 */
export function platformNamed(name: string): Platform {
  const isWindows = name === 'win32';
  const runsDaemons = name === 'linux';
  const exactCollector = 'procfs';
  const defaultCollector = runsDaemons ? exactCollector : 'systeminformation';
  const browserOpener = name === 'darwin' ? 'open' : isWindows ? null : 'xdg-open';
  return {
    ...{ name, runsDaemons, isWindows, defaultCollector, exactCollector, browserOpener },
    capabilities: capabilitiesNamed(name),
    ...(isWindows ? ON_WINDOWS : ON_UNIX),
  };
}

function capabilitiesNamed(name: string): Capabilities {
  switch (name) {
    case 'linux':
    case 'darwin':
    case 'win32':
      return PLATFORM_CAPABILITIES[name];
    default:
      return PLATFORM_CAPABILITIES.other;
  }
}

const ON_UNIX = {
  whoHolds: (port: number) => `sudo lsof -nP -iTCP:${port} -sTCP:LISTEN`,
  whoIs: (pid: number) => `ps -ww -o pid,user,lstart,command -p ${pid}`,
};

const ON_WINDOWS = {
  whoHolds: () => 'netstat -nao -p TCP',
  whoIs: (pid: number) => `tasklist /v /fi "PID eq ${pid}"`,
};

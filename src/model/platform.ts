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
  readonly defaultCollector: 'procfs' | 'libproc' | 'systeminformation';
  /** The collector that can prove a daemon to be one. It fails on a system that has none. */
  readonly exactCollector: 'procfs' | 'libproc';
  /** The command that shows which processes listen on these ports. */
  readonly whoListens: (ports: readonly number[]) => string;
  /** As `whoListens`, for the ports from `first` to one before `end`, and without rights. */
  readonly whoListensBetween: (first: number, end: number) => string;
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
  const isDarwin = name === 'darwin';
  const exactCollector = isDarwin ? 'libproc' : 'procfs';
  const defaultCollector = runsDaemons || isDarwin ? exactCollector : 'systeminformation';
  const browserOpener = isDarwin ? 'open' : isWindows ? null : 'xdg-open';
  return {
    ...{ name, runsDaemons, isWindows, defaultCollector, exactCollector, browserOpener },
    capabilities: capabilitiesNamed(name),
    ...(isWindows ? ON_WINDOWS : ON_UNIX),
    ...(name === 'linux' && ON_LINUX),
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
  whoListens: (ports: readonly number[]) => `sudo lsof -nP -iTCP:${ports.join(',')} -sTCP:LISTEN`,
  whoListensBetween: (first: number, end: number) => `lsof -nP -iTCP:${first}-${end - 1} -sTCP:LISTEN`,
  whoIs: (pid: number) => `ps -ww -o pid,user,lstart,command -p ${pid}`,
};

const ON_LINUX = {
  whoListens: (ports: readonly number[]) =>
    `sudo ss -ltnp '${ports.map((port) => `sport = :${port}`).join(' or ')}'`,
  whoListensBetween: (first: number, end: number) => `ss -ltnp 'sport >= :${first} and sport < :${end}'`,
};

const ON_WINDOWS = {
  whoListens: () => 'netstat -nao -p TCP',
  whoListensBetween: () => 'netstat -nao -p TCP',
  whoIs: (pid: number) => `tasklist /v /fi "PID eq ${pid}"`,
};

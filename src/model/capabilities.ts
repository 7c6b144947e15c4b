import type { CollectorName } from './scan.js';

/**
 * What a collector attests. Each capability stands alone: none follows from another, from a collector's name or from a
 * platform's name.
 */
export interface Attested {
  /** The kernel says which process has a listening socket open. Else a tool does, which may omit further owners. */
  readonly attests_owners: boolean;
  /** Arguments are read one by one. Else they are one text, in which their boundaries are lost. */
  readonly attests_argv: boolean;
  /** A process is told from a later one with the same PID. */
  readonly identifies_incarnations: boolean;
}

/** What this program can rely on, on one machine. */
export interface Capabilities extends Attested {
  /** A signal reaches the process that was checked, or none. Without it, a daemon is only asked to stop. */
  readonly signals_race_free: boolean;
  /** The advisory locks that released programs take can be taken. */
  readonly locks: boolean;
}

/** The capabilities in the order in which they are shown, in words. */
export const CAPABILITY_WORDS: Readonly<Record<keyof Capabilities, string>> = {
  attests_owners: 'which process has a socket open',
  attests_argv: 'the exact arguments of a process',
  identifies_incarnations: 'a process told from a later one with its PID',
  signals_race_free: 'signals that reach only the process that was checked',
  locks: 'the locks that released programs take',
};

export const CAPABILITIES = Object.keys(CAPABILITY_WORDS) as readonly (keyof Capabilities)[];

const ALL: Capabilities = {
  attests_owners: true,
  attests_argv: true,
  identifies_incarnations: true,
  signals_race_free: true,
  locks: true,
};
const NONE: Capabilities = {
  attests_owners: false,
  attests_argv: false,
  identifies_incarnations: false,
  signals_race_free: false,
  locks: false,
};

/**
 * The capabilities that this program has on a platform where nothing is missing: `other` is every platform without a
 * row. Doctor, `--version --json` and docs/platforms.md are shown from this table.
 */
export const PLATFORM_CAPABILITIES: Readonly<Record<'linux' | 'darwin' | 'win32' | 'other', Capabilities>> = {
  linux: ALL,
  darwin: ALL,
  win32: NONE,
  other: NONE,
};

const ATTESTED_BY: Readonly<Record<CollectorName, Attested>> = {
  procfs: ALL,
  libproc: ALL,
  systeminformation: NONE,
};

export function attestedBy(collector: CollectorName): Attested {
  return ATTESTED_BY[collector];
}

/** Whether everything is attested that a proof needs. Without one of these, no daemon is proven to be one. */
export function attestsAll({ attests_owners, attests_argv, identifies_incarnations }: Attested): boolean {
  return attests_owners && attests_argv && identifies_incarnations;
}

/**
 * Returns what a scan and the acts after it can rely on.
 * @param platform what its platform has at best
 * @param signals whether race-free signals were found here; null if that was not tried
 */
export function capabilitiesOf(
  platform: Capabilities,
  collector: CollectorName,
  signals: boolean | null,
): Capabilities {
  const attested = attestedBy(collector);
  return {
    attests_owners: platform.attests_owners && attested.attests_owners,
    attests_argv: platform.attests_argv && attested.attests_argv,
    identifies_incarnations: platform.identifies_incarnations && attested.identifies_incarnations,
    signals_race_free: platform.signals_race_free && signals !== false,
    locks: platform.locks,
  };
}

/** Returns what is not there, in words. */
export function missingOf(capabilities: Capabilities): readonly string[] {
  return CAPABILITIES.filter((name) => !capabilities[name]).map((name) => CAPABILITY_WORDS[name]);
}

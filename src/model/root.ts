import type { Access } from './evidence.js';
import type { Family } from './family.js';

/** What the files under a runtime root say (observed-daemons: "Files under the runtime root"). */

/** The state file names the recorded singleton of its root. */
export type StateFile =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'malformed'; readonly why: string }
  | RecordedSingleton;

export interface RecordedSingleton {
  readonly kind: 'read';
  readonly access: Access;
  readonly port: number;
  /** Third line: the token of a Python daemon, or the opaque id of one of ours. A secret. Null when not written. */
  readonly key: string | null;
  readonly pid: number | null;
}

/** The shared `owner.json`: display only (FR-003). */
export type OwnerRecordFile =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'read'; readonly owner: OwnerBlock };

/** Whose queue a daemon drains, and to where. Null where that is not known, or there is none. */
export interface WorkScope {
  readonly queueDbPath: string | null;
  /** The account: `server|user|team`. */
  readonly authScope: string | null;
  readonly serverUrl: string | null;
}

/** What an owner record or the `owner` block of a health answer says. Fields that are no string or number are null. */
export interface OwnerBlock extends WorkScope {
  readonly pid: number | null;
  readonly port: number | null;
  readonly packageVersion: string | null;
}

/** One identity record of ours (design: contract "record"), or why the file could not be taken for one. */
export type RecordFile =
  | { readonly kind: 'unusable'; readonly file: string; readonly why: string }
  | { readonly kind: 'read'; readonly file: string; readonly record: IdentityRecordFile };

/** What a daemon of ours writes down about itself, without its secret. */
export interface IdentityRecord extends WorkScope {
  readonly id: string;
  readonly pid: number;
  readonly startTicks: number;
  readonly bootId: string | null;
  readonly machineId: string | null;
  readonly networkNamespace: string | null;
  readonly address: string;
  readonly port: number;
  readonly root: string;
  readonly packageVersion: string;
}

/** An identity record as evidence: the secret stays behind, only the proof it leads to is kept. */
export interface IdentityRecordFile extends IdentityRecord {
  /** What the daemon of this record must answer to the challenge of this scan. */
  readonly expectedProof: string;
}

/** What else stands in a runtime root, beside the files of its daemons: relative to it (observed-queue). */
export const ROOT_FILES = {
  /** Ours: what the last drain came to. */
  lastDrain: 'sync/daemon/last-drain.json',
  /** Who is signed in, and where (TOML). */
  credentials: 'credentials',
  /** What the user prefers (TOML). */
  config: 'config.toml',
  /** Events of nobody in particular: written while nobody is signed in. */
  signedOutQueue: 'queue.db',
  /** A queue file for each server, user and team. */
  queueFolder: 'queues',
  /** Ours: for each queue file, the events in it that are passed over. */
  setAsideFolder: 'sync/daemon/set-aside',
} as const;

/** The files by which the daemons of a root are known, relative to it. */
export interface DaemonFiles {
  /** Names the recorded singleton. */
  readonly stateFile: string;
  /** `flock`ed while a daemon is started. */
  readonly lock: string;
  /** What daemons say while they work, one after the other. */
  readonly log: string;
  /** Ours: held while a sweep is under way. */
  readonly sweepLock: string;
  /** Shared by all daemons of the root: whichever started last wrote it. Null where the family has none. */
  readonly ownerRecord: string | null;
  /** Ours: one identity record for each daemon. */
  readonly identityFolder: string;
  /** Ours: what was done to whom. */
  readonly journal: string;
  /**
   * Ours: tells git to leave our folder out. Null where roots are no checkouts, which hold what their author put there.
   */
  readonly ignoreFile: string | null;
}

/**
 * The root of a sync daemon is the runtime root of its user, that of a dashboard is its project (observed-daemons:
 * "Files under the runtime root", "Dashboard daemon"). Released dashboards share their state file with ours and have
 * nothing else: what is ours alone lies in one hidden folder, which keeps itself out of the project's repository.
 */
export const DAEMON_FILES: Readonly<Record<Family, DaemonFiles>> = {
  sync: {
    stateFile: 'sync-daemon',
    lock: 'sync-daemon.lock',
    log: 'sync-daemon.log',
    sweepLock: 'sync/daemon/sweep.lock',
    ownerRecord: 'sync/daemon/owner.json',
    identityFolder: 'sync/daemon/identity',
    journal: 'sync/daemon/journal.jsonl',
    ignoreFile: null,
  },
  dashboard: {
    stateFile: '.kittify/.dashboard',
    lock: '.kittify/.dashboard.d/start.lock',
    log: '.kittify/.dashboard.d/dashboard.log',
    sweepLock: '.kittify/.dashboard.d/sweep.lock',
    ownerRecord: null,
    identityFolder: '.kittify/.dashboard.d/identity',
    journal: '.kittify/.dashboard.d/journal.jsonl',
    ignoreFile: '.kittify/.dashboard.d/.gitignore',
  },
};

import type { Access } from './evidence.js';
import type { Family } from './family.js';

/*
 * The files under a root, as released Spec Kitty programs and ours write them.
 */

/** The state file of a root. It names the recorded singleton: the live daemon of that root. */
export type StateFile =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'malformed'; readonly why: string }
  | RecordedSingleton;

/** The content of a state file. */
export interface RecordedSingleton {
  readonly kind: 'read';
  readonly access: Access;
  readonly port: number;
  /** The third line: the token of a Python daemon, which is a secret, or the id of our daemon. Null if absent. */
  readonly key: string | null;
  readonly pid: number | null;
}

/** `owner.json`, which all daemons of a root overwrite. Shown in reports; it decides nothing (FR-003). */
export type OwnerRecordFile =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'read'; readonly owner: OwnerBlock };

/** The queue that a daemon uploads, its account and its server. A field is null if it is unknown or absent. */
export interface WorkScope {
  readonly queueDbPath: string | null;
  /** The account: `server|user|team`. */
  readonly authScope: string | null;
  readonly serverUrl: string | null;
}

/** An owner record, or the `owner` block of a health answer. A field of another type than expected is null. */
export interface OwnerBlock extends WorkScope {
  readonly pid: number | null;
  readonly port: number | null;
  readonly packageVersion: string | null;
}

/** A file in the folder of identity records: a record (ADR 1, "record"), or why it cannot be used. */
export type RecordFile =
  UnusableRecord | { readonly kind: 'read'; readonly file: string; readonly record: IdentityRecordFile };

export interface UnusableRecord {
  readonly kind: 'unusable';
  readonly file: string;
  readonly why: string;
}

/** What a daemon of ours records about itself, without its secret. */
export interface IdentityRecord extends WorkScope {
  readonly id: string;
  readonly pid: number;
  readonly incarnation: string;
  readonly bootId: string | null;
  readonly machineId: string | null;
  readonly networkNamespace: string | null;
  readonly address: string;
  readonly port: number;
  readonly root: string;
  readonly packageVersion: string;
  /**
   * The daemon has an advisory lock on the file `<id>.lock` beside its record for as long as it lives, on a file system
   * whose locks all its users see. Absent in records of 3.3.0, and where there are no such locks.
   */
  readonly holdsLock?: true;
  /** The file system of that lock, as statfs(2) numbers it. On another one, the lock may look free although it is taken. */
  readonly lockFileSystem?: number;
}

/** An identity record as scan evidence. Instead of the secret it holds the proof that is computed from the secret. */
export interface IdentityRecordFile extends IdentityRecord {
  /** The proof with which the recorded daemon must answer the challenge of this scan. */
  readonly expectedProof: string;
}

/**
 * The files in a runtime root that are not in `DAEMON_FILES`, as paths relative to the root. "Ours" marks the files
 * that released programs do not have.
 */
export const ROOT_FILES = {
  /** Ours: the result of the last upload of the queue. */
  lastDrain: 'sync/daemon/last-drain.json',
  /** Account and server of the signed-in user (TOML). */
  credentials: 'credentials',
  /** The user's settings (TOML). */
  config: 'config.toml',
  /** Events that were written while no user was signed in. */
  signedOutQueue: 'queue.db',
  /** One queue file for each server, user and team. */
  queueFolder: 'queues',
  /** Ours: for each queue file, a file about the events that uploads skip. */
  setAsideFolder: 'sync/daemon/set-aside',
} as const;

/**
 * The files of the daemons of a root, as paths relative to the root. "Ours" marks files that released programs lack.
 */
export interface DaemonFiles {
  /** Names the recorded singleton. */
  readonly stateFile: string;
  /** Locked with `flock` while a daemon is started. */
  readonly lock: string;
  /** Output of the daemons, appended. */
  readonly log: string;
  /** Ours: locked during a sweep. */
  readonly sweepLock: string;
  /** Shared: each daemon of the root overwrites this file at its start. Null if the family has none. */
  readonly ownerRecord: string | null;
  /** Ours: holds one identity record for each daemon. */
  readonly identityFolder: string;
  /** Ours: which daemons of this root were retired, and why. */
  readonly journal: string;
  /** Ours: makes git ignore our folder. Null for a family whose roots are no checkouts. */
  readonly ignoreFile: string | null;
}

/**
 * The root of a sync daemon is the runtime root of its user; the root of a dashboard is its project. A released
 * dashboard has a state file only, which our dashboard uses too. Our other files in a project are in one hidden folder
 * that git ignores.
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

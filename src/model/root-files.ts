/** The files of a runtime root, relative to it (observed-daemons: "Files under the runtime root"). */
export const ROOT_FILES = {
  /** Names the recorded singleton. */
  stateFile: 'sync-daemon',
  /** `flock`ed by every release while it starts a daemon. */
  lock: 'sync-daemon.lock',
  /** What daemons say while they work, one after the other. */
  log: 'sync-daemon.log',
  /** Ours: held while a sweep is under way. */
  sweepLock: 'sync/daemon/sweep.lock',
  /** Shared by all daemons of the root: whichever started last wrote it. */
  ownerRecord: 'sync/daemon/owner.json',
  /** Ours: one identity record for each daemon. */
  identityFolder: 'sync/daemon/identity',
  /** Ours: what was done to whom. */
  journal: 'sync/daemon/journal.jsonl',
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

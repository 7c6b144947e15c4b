/** The files of a runtime root, relative to it (observed-daemons: "Files under the runtime root"). */
export const ROOT_FILES = {
  /** Names the recorded singleton. */
  stateFile: 'sync-daemon',
  /** `flock`ed by every release while it starts a daemon. */
  lock: 'sync-daemon.lock',
  /** Ours: held while a sweep is under way. */
  sweepLock: 'sync/daemon/sweep.lock',
  /** Shared by all daemons of the root: whichever started last wrote it. */
  ownerRecord: 'sync/daemon/owner.json',
  /** Ours: one identity record for each daemon. */
  identityFolder: 'sync/daemon/identity',
  /** Ours: what was done to whom. */
  journal: 'sync/daemon/journal.jsonl',
} as const;

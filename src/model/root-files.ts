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

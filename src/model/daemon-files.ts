import type { Family } from './family.js';

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

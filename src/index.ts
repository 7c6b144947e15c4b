/** For other programs: `import { ensureSyncDaemon, DaemonIntent } from 'spec-kitty'`. */
export { DaemonIntent, type StartupOutcome } from './model/startup.js';
export { ensureSyncDaemon, type EnsureOptions } from './startup/ensure-sync-daemon.js';

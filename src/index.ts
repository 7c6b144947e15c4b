/** For other programs: `import { ensureSyncDaemon, DaemonIntent } from 'spec-kitty'`. */
export { DaemonIntent, type EnsureOptions, type StartupOutcome } from './model/startup.js';
export { ensureSyncDaemon } from './startup/ensure-sync-daemon.js';

import type { EnsureOptions, StartupOutcome } from './daemon/outcome.js';
import { localMachine } from './machine/local.js';
import { ensureSyncDaemon as ensureOn } from './sync/ensure.js';

/** For other programs: `import { ensureSyncDaemon, DaemonIntent } from 'spec-kitty'`. */
export { DaemonIntent, type EnsureOptions, type StartupOutcome } from './daemon/outcome.js';

/**
 * Ensures that the root of this user has exactly one healthy daemon (FR-006, FR-007), and retires at
 * most what is provably ours and stale. Never throws, and never signals on silence: whatever is in the way, the command
 * that needed sync goes on.
 */
export async function ensureSyncDaemon(options: EnsureOptions): Promise<StartupOutcome> {
  const { outcome } = await ensureOn(localMachine(), options);
  return outcome;
}

import type { EnsureOptions, StartupOutcome } from '../model/startup.js';
import { ensured } from './ensured.js';

/**
 * Sees to it that the root of this user has exactly one healthy daemon (design: "Startup", FR-006, FR-007), and retires
 * at most what is provably ours and stale. Never throws, and signals nobody on silence: whatever is in the way, the
 * command that needed sync goes on.
 */
export async function ensureSyncDaemon(options: EnsureOptions): Promise<StartupOutcome> {
  return (await ensured(options)).outcome;
}

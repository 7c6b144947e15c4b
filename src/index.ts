import type { EnsureOptions, StartupOutcome } from './daemon/outcome.js';
import type { Machine } from './machine/machine.js';
import { localMachine } from './machine/local.js';
import { ensureSyncDaemon as ensureOn } from './sync/ensure-sync-daemon.js';

/** The public module: `import { ensureSyncDaemon, DaemonIntent } from 'spec-kitty'`. */
export { DaemonIntent, type EnsureOptions, type StartupOutcome } from './daemon/outcome.js';

/**
 * Ensures that this user's runtime root has exactly one healthy sync daemon (FR-006, FR-007). Retires only daemons that
 * are proven to belong to this root and to be stale; silence alone proves nothing.
 * @returns never rejects: if no daemon can be used, the outcome says why, so that the calling command can continue
 */
export async function ensureSyncDaemon(options: EnsureOptions): Promise<StartupOutcome> {
  const { outcome } = await ensureOn(withoutStatusLine(localMachine()), options);
  return outcome;
}

/** The terminal belongs to the program that uses this module. */
function withoutStatusLine({ observer, actor }: Machine): Machine {
  return {
    observer,
    actor: { ...actor, terminal: { ...actor.terminal, showWait: () => () => undefined } },
  };
}

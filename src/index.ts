import { DaemonIntent, type EnsureOptions, type StartupOutcome } from './daemon/outcome.js';
import { inspect as inspectOn } from './inspect.js';
import type { Machine } from './machine/machine.js';
import { localMachine } from './machine/local.js';
import type { DoctorReport, ErrorReport } from './report/report.js';
import { ensureSyncDaemon as ensureOn } from './sync/ensure-sync-daemon.js';

/** The public module: `import { DaemonIntent, ensureSyncDaemon, inspect } from 'spec-kitty'`. */
export type { DoctorReport, ErrorReport } from './report/report.js';
export { DaemonIntent, type EnsureOptions, type StartupOutcome } from './daemon/outcome.js';

/**
 * Ensures that this user's runtime root has exactly one healthy sync daemon (FR-006, FR-007). Retires only daemons that
 * are proven to belong to this root and to be stale; silence alone proves nothing.
 * @returns never rejects: if no daemon can be used, the outcome says why, so that the calling command can continue. If
 *   the intent is none of `DaemonIntent`, as a program without types can pass it, nothing is done (`skipped`)
 */
export async function ensureSyncDaemon(options: EnsureOptions): Promise<StartupOutcome> {
  const given: unknown = (options as EnsureOptions | undefined)?.intent;
  if (!Object.values<unknown>(DaemonIntent).includes(given)) return unknownIntent(given);
  const explicit = options.explicit === true;
  const { outcome } = await ensureOn(withoutStatusLine(localMachine()), { ...options, explicit });
  return outcome;
}

/**
 * Scans the sync ports and gives each listener its verdict by the shipped policy. Reads only (FR-001, FR-002).
 * @returns the document of `auth doctor --json`, or one with `error` if the job could not be done; never rejects
 */
export function inspect(): Promise<DoctorReport | ErrorReport> {
  return inspectOn(localMachine().observer);
}

function unknownIntent(given: unknown): StartupOutcome {
  const known = Object.keys(DaemonIntent).map((name) => `DaemonIntent.${name}`);
  const what = typeof given === 'string' ? JSON.stringify(given) : typeof given;
  return {
    kind: 'skipped',
    reason: 'unknown_intent',
    detail: `the intent is ${what}, and not ${known.join(' or ')}: nothing was done`,
  };
}

/** The terminal belongs to the program that uses this module. */
function withoutStatusLine({ observer, actor }: Machine): Machine {
  return {
    observer,
    actor: { ...actor, terminal: { ...actor.terminal, showWait: () => () => undefined } },
  };
}

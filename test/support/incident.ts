import { type Daemon, startDaemon } from './daemons.js';
import type { Sandbox } from './sandbox.js';

/** How long each daemon takes to exit: like an idle one or like a busy one. */
export const PROFILES = { quick: {}, slow: { exitSeconds: 1.5 } };
export type IncidentProfile = keyof typeof PROFILES;

/**
 * Starts the daemons of the incident of 2026-06-30: 18 orphans on ports 9401 to 9418, six each of 3.2.2, 3.2.3 and
 * 3.2.4, one root, no state file.
 */
export function startIncident(sandbox: Sandbox, profile: IncidentProfile): Promise<readonly Daemon[]> {
  const versions = ['3.2.2', '3.2.3', '3.2.4'].flatMap((version) => Array<string>(6).fill(version));
  return Promise.all(
    versions.map((version, index) =>
      startDaemon(sandbox, { port: 9401 + index, version, ...PROFILES[profile] }),
    ),
  );
}

import { createHash } from 'node:crypto';
import type { CleanupRequest } from '../enforce.js';
import type { JudgedScan } from '../examine.js';
import { identify } from '../identity/identify.js';
import type { Machine, Observer } from '../machine/machine.js';
import type { PolicyHandle } from '../model/verdict.js';
import { DASHBOARD_RULES, judgeDashboard } from '../policy/dashboard-rules.js';
import { resetDaemons, type ResetOutcome } from '../reset.js';
import { scanListeners } from '../scan/scan.js';

/**
 * Scans the dashboard range, identifies every listener, and classifies it by the built-in dashboard rules.
 * @param project absolute path of the project whose dashboards may be cleaned up
 */
export async function examineDashboards(observer: Observer, project: string): Promise<JudgedScan> {
  const scan = await scanListeners(observer, 'dashboard', project, observer.platform.defaultCollector, 'all');
  const candidates = identify(scan).map((candidate) => ({
    ...candidate,
    verdict: judgeDashboard(candidate.facts),
  }));
  return { scan, policy: DASHBOARD_POLICY, candidates };
}

/** Stops the dashboards that `request` selects and the guard allows. Scans the dashboard range only (C-002). */
export function resetDashboards(
  machine: Machine,
  project: string,
  request: CleanupRequest,
): Promise<ResetOutcome> {
  const examine = (): Promise<JudgedScan> => examineDashboards(machine.observer, project);
  return resetDaemons(machine, { family: 'dashboard', root: project, examine }, request);
}

const DASHBOARD_POLICY: PolicyHandle = {
  source: DASHBOARD_RULES.source,
  get sha256() {
    return createHash('sha256').update(JSON.stringify(DASHBOARD_RULES)).digest('hex');
  },
  compiled() {
    return Promise.resolve({ ...DASHBOARD_RULES, sha256: this.sha256, certificate: null });
  },
};

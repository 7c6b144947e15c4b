import { createHash } from 'node:crypto';
import type { CleanupRequest } from '../cleanup.js';
import type { JudgedScan } from '../examine.js';
import { identify } from '../identity/identify.js';
import type { Machine, Observer } from '../machine/machine.js';
import type { PolicyHandle } from '../model/verdict.js';
import { DASHBOARD_RULES, judgeDashboard } from '../policy/dashboard-rules.js';
import { resetDaemons, type ResetOutcome } from '../reset.js';
import { scanListeners } from '../scan/scan.js';

/**
 * Finds every listener on the dashboard ports, identifies it, and judges it by rules that are code.
 * @param project the directory whose dashboards are ours; absolute
 */
export async function examineDashboards(observer: Observer, project: string): Promise<JudgedScan> {
  const scan = await scanListeners(observer, 'dashboard', project, observer.platform.defaultCollector, 'all');
  const candidates = identify(scan).map((candidate) => ({
    ...candidate,
    verdict: judgeDashboard(candidate.facts),
  }));
  return { scan, policy: BUILT_IN, candidates };
}

/** Retires dashboards of a project, as far as the guard allows. Only dashboard ports are scanned. */
export function resetDashboards(
  machine: Machine,
  project: string,
  request: CleanupRequest,
): Promise<ResetOutcome> {
  const examine = (): Promise<JudgedScan> => examineDashboards(machine.observer, project);
  return resetDaemons(machine, { family: 'dashboard', root: project, examine }, request);
}

const BUILT_IN: PolicyHandle = {
  source: DASHBOARD_RULES.source,
  get sha256() {
    return createHash('sha256').update(JSON.stringify(DASHBOARD_RULES)).digest('hex');
  },
  compiled() {
    return Promise.resolve({ ...DASHBOARD_RULES, sha256: this.sha256, certificate: null });
  },
};

import { createHash } from 'node:crypto';
import type { Machine, Observer } from '../machine/machine.js';

import type { JudgedScan } from '../examine.js';
import { identify } from '../identity/identify.js';
import {} from '../model/scan.js';
import type { PolicyHandle } from '../model/verdict.js';
import { DASHBOARD_RULES, judgeDashboard } from '../policy/dashboard-rules.js';
import { type CleanupRequest, resetFromKernel, type ResetOutcome } from '../reset.js';
import { scanListeners } from '../scan/scan.js';

/**
 * Finds every listener on the dashboard range, says who each one is, and judges it by rules that are code.
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

/** Retires dashboards of a project, as `errand` wishes and the envelope allows. Nothing outside their range is looked at. */
export function resetDashboards(
  machine: Machine,
  project: string,
  errand: CleanupRequest,
): Promise<ResetOutcome> {
  return resetFromKernel(
    machine,
    'dashboard',
    project,
    () => examineDashboards(machine.observer, project),
    errand,
  );
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

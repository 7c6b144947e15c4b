import { gatherFacts } from '../facts/gather.js';
import { identify } from '../identity/identify.js';
import { DEFAULT_COLLECTOR } from '../model/evidence.js';
import type { PolicyHandle } from '../model/verdict.js';
import type { Examination } from './examine.js';
import type { Errand } from './hold.js';
import { resetFromKernel, type ResetResult } from './reset.js';
import { crypto } from '../system/observe/crypto.js';
import { DASHBOARD_RULES, judgeDashboard } from '../verdict/dashboard-rules.js';

/**
 * Finds every listener on the dashboard range, says who each one is, and judges it by rules that are code.
 * @param project the directory whose dashboards are ours; absolute
 */
export async function examineDashboards(project: string): Promise<Examination> {
  const facts = await gatherFacts('dashboard', project, DEFAULT_COLLECTOR, 'all');
  const candidates = identify(facts).map((candidate) => ({
    ...candidate,
    verdict: judgeDashboard(candidate.facts),
  }));
  return { facts, policy: BUILT_IN, candidates };
}

/** Retires dashboards of a project, as `errand` wishes and the envelope allows. Nothing outside their range is looked at. */
export function resetDashboards(project: string, errand: Errand): Promise<ResetResult> {
  return resetFromKernel('dashboard', project, () => examineDashboards(project), errand);
}

const BUILT_IN: PolicyHandle = {
  source: DASHBOARD_RULES.source,
  get sha256() {
    return crypto().createHash('sha256').update(JSON.stringify(DASHBOARD_RULES)).digest('hex');
  },
  compiled() {
    return Promise.resolve({ ...DASHBOARD_RULES, sha256: this.sha256, certificate: null });
  },
};

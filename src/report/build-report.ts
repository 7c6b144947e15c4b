import { PORT_RANGES } from '../model/family.js';
import type { DoctorReport } from '../model/report.js';
import type { AboutListeners } from './about-listeners.js';
import { findingsOf } from './findings.js';
import { recordedDaemon } from './recorded-daemon.js';
import { remaining, rootNow } from './remaining.js';
import type { ReportInput } from './report-input.js';

/**
 * Makes the one report document that every form of output is a view of. Pure.
 * @param listeners what it says of those who listen; null where nobody does, and nothing was done or planned
 */
export function buildReport(input: ReportInput, listeners: AboutListeners | null): DoctorReport {
  const { facts, policy } = input.examination;
  const { observer, root, collector } = facts;
  const { parts, findings } = listeners ?? NOBODY;
  const { candidates, ...outcome } = parts;
  return {
    schema_version: 1,
    generated_at: input.generatedAt.toISOString(),
    scope: {
      root: root.path,
      user: observer.user,
      uid: observer.uid,
      ports: PORT_RANGES.sync,
      collector,
      fence: input.fence,
      could_not_look: facts.listeners.ok ? null : facts.listeners.why,
    },
    policy: { source: policy.source, sha256: policy.sha256 },
    daemon: recordedDaemon({ facts: { ...facts, root: rootNow(input) }, candidates: remaining(input) }),
    candidates,
    findings: findingsOf(input, findings),
    recent: facts.recentActs,
    ...outcome,
  };
}

const NOBODY: AboutListeners = { parts: { candidates: [] }, findings: [] };

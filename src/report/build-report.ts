import type { JudgedCandidate } from '../model/candidate.js';
import { PORT_RANGES } from '../model/family.js';
import type { Plan } from '../model/outcome.js';
import type { DoctorReport, PlanEntry } from '../model/report.js';
import { findingsOf } from './findings.js';
import { ledgerArrays } from './ledger-arrays.js';
import { recordedDaemon } from './recorded-daemon.js';
import { remaining, rootNow } from './remaining.js';
import { remediationOf } from './remediation.js';
import { reportCandidate } from './report-candidate.js';
import type { ReportInput } from './report-input.js';

/** Makes the one report document that every form of output is a view of. Pure. */
export function buildReport(input: ReportInput): DoctorReport {
  const { facts, policy, candidates } = input.examination;
  const { observer, root, listeners, collector } = facts;
  const left = remaining(input);
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
      could_not_look: listeners.ok ? null : listeners.why,
    },
    policy: { source: policy.source, sha256: policy.sha256 },
    daemon: recordedDaemon({ facts: { ...facts, root: rootNow(input) }, candidates: left }),
    candidates: candidates.map((candidate) =>
      reportCandidate(
        candidate,
        left.includes(candidate) ? remediationOf(candidate, input) : null,
        input.explain?.selects(candidate) ? input.explain.nearest(candidate) : null,
      ),
    ),
    findings: findingsOf(input),
    recent: facts.recentActs,
    ...(input.plan && { plan: planEntries(input.plan) }),
    ...(input.reset && ledgerArrays(input.reset.ledger)),
  };
}

function planEntries({ targets, skipped, refused }: Plan): readonly PlanEntry[] {
  const entry = (
    candidate: JudgedCandidate,
    action: PlanEntry['action'],
    reason: string | null,
  ): PlanEntry => ({
    pid: candidate.identity.pid,
    port: candidate.identity.port,
    action,
    reason,
    cleanup_class: candidate.verdict.cleanupClass,
  });
  return [
    ...targets.map((candidate) => entry(candidate, 'retire', candidate.verdict.reason)),
    ...skipped.map(({ candidate, refusal }) => entry(candidate, 'skip', refusal.reason)),
    ...refused.map(({ candidate, refusal }) => entry(candidate, 'refuse', refusal.reason)),
  ].toSorted((one, other) => one.port - other.port);
}

import type { JudgedCandidate } from '../model/candidate.js';
import type { Plan } from '../model/outcome.js';
import type { DoctorReport, Finding, PlanEntry } from '../model/report.js';
import { ledgerArrays } from './ledger-arrays.js';
import { listenerFindings } from './listener-findings.js';
import { remaining } from './remaining.js';
import { remediationOf } from './remediation.js';
import { reportCandidate } from './report-candidate.js';
import type { ReportInput } from './report-input.js';

/** What a report says of those who listen: who they are, and what was or would be done to each. */
export interface AboutListeners {
  readonly parts: Pick<DoctorReport, 'candidates' | 'plan' | 'swept' | 'skipped' | 'failed'>;
  readonly findings: readonly Finding[];
}

/** Pure. Apart from the rest of the report: where nobody listens and nothing was asked for, it is never loaded. */
export function aboutListeners(input: ReportInput): AboutListeners {
  const left = remaining(input);
  return {
    parts: {
      candidates: input.examination.candidates.map((candidate) =>
        reportCandidate(
          candidate,
          left.includes(candidate) ? remediationOf(candidate, input) : null,
          input.explain?.selects(candidate) ? input.explain.nearest(candidate) : null,
        ),
      ),
      ...(input.plan && { plan: planEntries(input.plan) }),
      ...(input.reset && ledgerArrays(input.reset.ledger)),
    },
    findings: listenerFindings(input),
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

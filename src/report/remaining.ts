import type { JudgedCandidate } from '../model/candidate.js';
import type { RootEvidence } from '../model/evidence.js';
import type { Disposition } from '../model/outcome.js';
import type { ReportInput } from './report-input.js';

/**
 * The candidates that are still there: all, or after a reset those whose process was not swept. A process may have
 * listened on several ports, and be gone from each.
 */
export function remaining({ examination, reset }: ReportInput): readonly JudgedCandidate[] {
  const { candidates } = examination;
  if (!reset) return candidates;
  const swept = reset.ledger
    .filter(({ disposition }) => disposition.bucket === 'swept')
    .map(({ candidate }) => candidate.identity.pid);
  return candidates.filter(({ identity }) => !swept.includes(identity.pid));
}

/** What became of a candidate, if anything was to. */
export function dispositionOf(candidate: JudgedCandidate, { reset }: ReportInput): Disposition | null {
  return reset?.ledger.find((entry) => entry.candidate === candidate)?.disposition ?? null;
}

/** Our root, after a reset as that left it. */
export function rootNow({ examination, reset }: ReportInput): RootEvidence {
  return reset?.root ?? examination.facts.root;
}

/** How many processes there are behind these sockets; one that is not known counts for itself. */
export function countProcesses(candidates: readonly JudgedCandidate[]): number {
  return new Set(candidates.map((candidate) => candidate.identity.pid ?? candidate)).size;
}

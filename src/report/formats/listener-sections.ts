import type { DoctorReport, ReportCandidate } from '../../model/report.js';
import { formatAge, formatBytes } from '../units.js';
import { escapeForTerminal } from './escape.js';
import { explain } from './explain.js';
import { ledgerLines, planLines } from './outcome-lines.js';
import type { Style } from './style.js';
import { table } from './table.js';

export interface ListenerSections {
  readonly sections: readonly (readonly string[])[];
  /** Of those whose verdict is explained. */
  readonly explanations: readonly (readonly string[])[];
}

/** What a report for a person says of those who listen: a line for each, what was or would be done, and why. */
export function listenerSections(report: DoctorReport, style: Style): ListenerSections {
  return {
    // After a reset the ledger has a line for each already.
    sections: [report.swept ? ledgerLines(report, style) : candidateTable(report), planLines(report, style)],
    explanations: report.candidates
      .map((candidate) => explain(candidate, style))
      .filter((lines) => lines.length > 0),
  };
}

function candidateTable({ candidates, generated_at: now }: DoctorReport): readonly string[] {
  if (candidates.length === 0) return [];
  const head = ['PORT', 'PID', 'VERSION', 'CLASS', 'WHY', 'MEMORY', 'AGE', 'ROOT'];
  return table([head, ...candidates.map((candidate) => candidateRow(candidate, new Date(now)))]);
}

function candidateRow(candidate: ReportCandidate, now: Date): readonly string[] {
  const { address, port, pid, package_version: version, cost, daemon_root: root, evidence } = candidate;
  // The same directory, by whatever name.
  const isOurs = evidence.some(({ fact, value }) => fact === 'root_marker' && value === 'same');
  return [
    address === '127.0.0.1' ? String(port) : `${address}:${port}`,
    String(pid ?? '?'),
    cut(escapeForTerminal(version ?? '-')),
    candidate.cleanup_class,
    candidate.live_in_root === null
      ? (candidate.skip_reason ?? 'proven orphan')
      : `${candidate.skip_reason ?? ''}, live there`,
    cost.resident_bytes === null ? '-' : formatBytes(cost.resident_bytes),
    cost.started_at === null ? '-' : formatAge(cost.started_at, now),
    isOurs ? 'this one' : escapeForTerminal(root ?? '-'),
  ];
}

/** A version is short; what somebody says instead may be long, and push the other columns out of sight. */
function cut(text: string): string {
  return text.length <= LONGEST_CELL ? text : `${text.slice(0, LONGEST_CELL - 1)}…`;
}

const LONGEST_CELL = 48;

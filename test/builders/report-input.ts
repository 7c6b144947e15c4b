import type { ReportInput } from '../../src/report/report-input.js';

/** The input of a report of doctor without options, of a scan with these candidates. */
export function aReportInput(judged: Pick<ReportInput['judged'], 'scan' | 'candidates'>): ReportInput {
  return {
    judged: { ...judged, policy: { source: 'shipped', sha256: '0'.repeat(64) } },
    plan: null,
    reset: null,
    explain: null,
    handleSupport: null,
    suspended: new Map(),
    invocation: 'spec-kitty',
    accountName: String,
    savedScan: null,
    otherSpecKitty: null,
    rootProblem: null,
    stillSuspended: new Map(),
    generatedAt: new Date(0),
  };
}

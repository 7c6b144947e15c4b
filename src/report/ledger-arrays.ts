import type { Ledger } from '../model/outcome.js';
import type { DoctorReport, FailedEntry, SkippedEntry, SweptEntry } from '../model/report.js';

/** The three arrays of FR-005: every entry of the ledger in exactly one of them. */
export function ledgerArrays(ledger: Ledger): Required<Pick<DoctorReport, 'swept' | 'skipped' | 'failed'>> {
  const swept: SweptEntry[] = [];
  const skipped: SkippedEntry[] = [];
  const failed: FailedEntry[] = [];
  for (const { candidate, disposition } of ledger) {
    const { identity, verdict } = candidate;
    const { pid, port } = identity;
    switch (disposition.bucket) {
      case 'swept':
        swept.push({
          pid,
          port,
          package_version: identity.packageVersion,
          protocol_version: identity.protocolVersion,
          cleanup_path: disposition.path,
          reason: verdict.reason ?? 'proven_orphan',
        });
        break;
      case 'skipped':
        skipped.push({
          pid,
          port,
          cleanup_class: verdict.cleanupClass,
          skip_reason: disposition.reason,
          detail: disposition.detail,
        });
        break;
      case 'failed':
        failed.push({ pid, port, failure_reason: disposition.reason, detail: disposition.detail });
        break;
    }
  }
  return { swept, skipped, failed };
}

import type { IdentifiedCandidate, JudgedCandidate } from '../model/candidate.js';
import { capabilitiesOf } from '../model/capabilities.js';
import { PORT_RANGES } from '../model/family.js';
import type { FailedEntry, Plan, ResetResult, SkippedEntry, SweptEntry } from '../model/outcome.js';
import { platformNamed } from '../model/platform.js';
import { isRecordedElsewhere, mayRunElsewhere } from '../model/root-checks.js';
import type { Scan } from '../model/scan.js';
import type { CleanupClass } from '../model/verdict.js';
import { reportCandidate } from './candidate.js';
import { findingsOf } from './findings.js';
import { remedyFor } from './remedy.js';
import { remaining, type ReportInput } from './report-input.js';
import type { DoctorReport, Finding, PlanEntry, ReportAfter, ReportDaemon, ReportSummary } from './report.js';

/** Builds the one report document that text, JSON and metrics are made from. Pure. */
export function buildReport(input: ReportInput): DoctorReport {
  const { scan, policy } = input.judged;
  const { context, root, collector } = scan;
  const left = remaining(input);
  const findings = findingsOf(input);
  const results = input.reset && resultArrays(input.reset.result);
  return {
    schema_version: 1,
    generated_at: input.generatedAt.toISOString(),
    scope: {
      root: root.path,
      root_exists: existsIn(input.reset?.after.scan ?? scan),
      user: context.user,
      uid: context.uid,
      ports: PORT_RANGES.sync,
      collector,
      fence: input.handleSupport,
      could_not_look: scan.listeners.ok ? null : scan.listeners.why,
      capabilities: capabilitiesOf(
        platformNamed(context.platform).capabilities,
        collector,
        input.handleSupport && input.handleSupport.kind !== 'none',
      ),
    },
    policy: { source: policy.source, sha256: policy.sha256 },
    daemon: recordedDaemon(input.reset?.after ?? { scan, candidates: left }),
    summary: summaryOf(input.judged.candidates, findings, results),
    candidates: input.judged.candidates.map((candidate) =>
      reportCandidate(
        candidate,
        left.includes(candidate) ? remedyFor(candidate, input) : null,
        input.explain?.selects(candidate) ? input.explain.nearest(candidate) : null,
      ),
    ),
    findings,
    recent: scan.recentActs,
    ...(input.plan && { plan: planEntries(input.plan) }),
    ...results,
    ...(input.reset && { after: stateAfter(input.reset.after) }),
  };
}

function existsIn({ root: { directory } }: Scan): boolean | null {
  return directory.kind === 'unreadable' ? null : directory.kind === 'directory';
}

function summaryOf(
  candidates: readonly JudgedCandidate[],
  findings: readonly Finding[],
  results: ResultArrays | null,
): ReportSummary {
  const classes = candidates.map(({ verdict }) => verdict.cleanupClass);
  const countOf = (wanted: CleanupClass): number => classes.filter((each) => each === wanted).length;
  return {
    listeners: candidates.length,
    safe_auto: countOf('safe_auto'),
    operator_required: countOf('operator_required'),
    never_touch: countOf('never_touch'),
    attention: findings.filter(({ severity }) => severity === 'attention').length,
    ...(results && {
      swept: results.swept.length,
      skipped: results.skipped.length,
      failed: results.failed.length,
    }),
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

/** Sorts a reset result into the three arrays of FR-005: every entry is in exactly one of them. */
export function resultArrays(result: ResetResult): ResultArrays {
  const swept: SweptEntry[] = [];
  const skipped: SkippedEntry[] = [];
  const failed: FailedEntry[] = [];
  for (const { candidate, outcome } of result) {
    const { identity, verdict } = candidate;
    const { pid, port } = identity;
    switch (outcome.bucket) {
      case 'swept':
        swept.push({
          pid,
          port,
          package_version: identity.packageVersion,
          protocol_version: identity.protocolVersion,
          cleanup_path: outcome.path,
          reason: verdict.reason ?? 'proven_orphan',
        });
        break;
      case 'skipped':
        skipped.push({
          pid,
          port,
          cleanup_class: verdict.cleanupClass,
          skip_reason: outcome.reason,
          detail: outcome.detail,
        });
        break;
      case 'failed':
        failed.push({ pid, port, failure_reason: outcome.reason, detail: outcome.detail });
        break;
    }
  }
  return { swept, skipped, failed };
}

type ResultArrays = Required<Pick<DoctorReport, 'swept' | 'skipped' | 'failed'>>;

interface IdentifiedScan {
  readonly scan: Scan;
  readonly candidates: readonly IdentifiedCandidate[];
}

function stateAfter(after: IdentifiedScan): ReportAfter {
  const { listeners } = after.scan;
  return {
    could_not_look: listeners.ok ? null : listeners.why,
    daemon: recordedDaemon(after),
    listeners: after.candidates.map(({ identity: { pid, port, packageVersion } }) => ({
      pid,
      port,
      package_version: packageVersion,
    })),
  };
}

/** Describes the daemon that our state file names; null if there is no state file. */
export function recordedDaemon({ scan, candidates }: IdentifiedScan): ReportDaemon | null {
  const { stateFile } = scan.root;
  if (stateFile.kind === 'absent') return null;
  if (stateFile.kind !== 'read') return { port: null, pid: null, package_version: null, state: 'unknown' };
  const { port } = stateFile;
  const recorded = candidates.find(
    ({ facts: { recorded_singleton: value }, identity }) => value === 'yes' && identity.port === port,
  );
  if (recorded) {
    const { pid, packageVersion } = recorded.identity;
    const state = recorded.facts.responder === recorded.family ? 'healthy' : 'unresponsive';
    return { port, pid, package_version: packageVersion, state };
  }
  const named = { port, pid: stateFile.pid, package_version: null };
  if (isRecordedElsewhere(scan.root, scan.context.machine)) return { ...named, state: 'elsewhere' };
  const isTaken = candidates.some(({ identity }) => identity.port === port);
  if (!isTaken && mayRunElsewhere(scan.root, scan.context)) return { ...named, state: 'elsewhere' };
  return { ...named, state: scan.listeners.ok && !isTaken ? 'not_listening' : 'unknown' };
}

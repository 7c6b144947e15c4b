import type { JudgedCandidate } from '../model/candidate.js';
import { processOf, type Reading } from '../model/evidence.js';
import { PORT_RANGES } from '../model/family.js';
import type { Plan } from '../model/outcome.js';
import type { DoctorReport, PlanEntry, ReportCandidate } from '../model/report.js';
import { findingsOf, isLiveElsewhere } from './findings.js';
import { ledgerArrays } from './ledger-arrays.js';
import { recordedDaemon } from './recorded-daemon.js';
import { remaining, rootNow } from './remaining.js';
import { remediationOf } from './remediation.js';
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
    candidates: candidates.map((candidate) => reportCandidate(candidate, left.includes(candidate), input)),
    findings: findingsOf(input),
    recent: facts.recentActs,
    ...(input.plan && { plan: planEntries(input.plan) }),
    ...(input.reset && ledgerArrays(input.reset.ledger)),
  };
}

function reportCandidate(candidate: JudgedCandidate, isThere: boolean, input: ReportInput): ReportCandidate {
  const { identity, facts, verdict, proofs, evidence, recordedIn } = candidate;
  const { holder, socket } = evidence;
  const process = processOf(holder);
  return {
    daemon_family: identity.daemonFamily,
    pid: identity.pid,
    port: identity.port,
    address: identity.address,
    protocol_version: identity.protocolVersion,
    package_version: identity.packageVersion,
    singleton_scope_id: identity.singletonScopeId,
    daemon_root: identity.daemonRoot,
    queue_db_path: identity.queueDbPath,
    auth_scope: identity.authScope,
    server_url: identity.serverUrl,
    owner_present: identity.ownerPresent,
    owner_record: facts.owner_record,
    identity_source: identity.identitySource,
    executable_summary: identity.executableSummary,
    spawn_shape: facts.spawn_shape,
    cleanup_class: verdict.cleanupClass,
    skip_reason: verdict.reason,
    live_in_root:
      recordedIn.kind === 'other_root' && isLiveElsewhere(candidate) ? recordedIn.root.path : null,
    cost: {
      uid: holder.kind === 'known' ? holder.process.uid : socket.uid,
      resident_bytes: process ? valueOf(process.residentBytes) : null,
      cpu_seconds: process ? valueOf(process.cpuSeconds) : null,
      started_at: process ? valueOf(process.startedAt) : null,
    },
    evidence: proofs,
    remediation: isThere ? remediationOf(candidate, input) : null,
    ...(input.explain?.selects(candidate) && {
      explanation: {
        decided_by: verdict.rule,
        rules: verdict.trace,
        nearest: input.explain.nearest(candidate),
      },
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

function valueOf<T>(reading: Reading<T>): T | null {
  return reading.ok ? reading.value : null;
}

import type { JudgedCandidate } from '../model/candidate.js';
import { programOf } from '../model/program.js';
import type { Result } from '../model/result.js';
import { processOf } from '../model/scan.js';
import type { NearestChange } from '../model/verdict.js';
import { isLiveElsewhere } from './report-input.js';
import type { Remediation, ReportCandidate } from './report.js';

/**
 * Describes one listener of either family as reports show it (FR-001). Pure.
 * @param nearest changes of facts that would change the verdict; null if the report does not explain the verdict
 */
export function reportCandidate(
  candidate: JudgedCandidate,
  remediation: Remediation | null,
  nearest: readonly NearestChange[] | null,
): ReportCandidate {
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
    program: process && isThirdParty(candidate) ? programOf(process) : null,
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
    evidence: proofs.map(({ detail, ...proof }) => ({ ...proof, because: detail })),
    remediation,
    ...(nearest && { explanation: { decided_by: verdict.rule, rules: verdict.trace, nearest } }),
  };
}

/** Whether a listener is certainly no daemon. */
function isThirdParty({ identity, facts, verdict }: JudgedCandidate): boolean {
  return (
    identity.daemonFamily === null &&
    verdict.cleanupClass === 'never_touch' &&
    facts.spawn_shape !== 'unfamiliar'
  );
}

function valueOf<T>(result: Result<T>): T | null {
  return result.ok ? result.value : null;
}

/** The fields that a display status depends on. */
type Listener = Pick<ReportCandidate, 'cleanup_class' | 'skip_reason' | 'live_in_root'>;

/** The statuses of listeners on the port map, most pressing first. */
export const DISPLAY_STATUSES = [
  {
    name: 'orphan',
    meaning: 'orphan',
    group: 'Orphans',
    is: ({ cleanup_class: cleanupClass }: Listener) => cleanupClass === 'safe_auto',
  },
  {
    name: 'needs-you',
    meaning: 'needs you',
    group: 'Needs you',
    is: ({ cleanup_class: cleanupClass, skip_reason: reason, live_in_root: root }: Listener) =>
      (cleanupClass === 'operator_required' && root === null && reason !== 'other_user') ||
      reason === 'unknown_command_line',
  },
  {
    name: 'live',
    meaning: 'live daemon',
    group: 'Live daemons',
    is: ({ skip_reason: reason, live_in_root: root }: Listener) =>
      reason === 'recorded_singleton' || root !== null,
  },
  {
    name: 'not-ours',
    meaning: 'not ours',
    group: 'Not ours',
    is: ({ cleanup_class: cleanupClass, skip_reason: reason }: Listener) =>
      cleanupClass === 'never_touch' || reason === 'other_user',
  },
] as const;

export type DisplayStatus = (typeof DISPLAY_STATUSES)[number];

/** Returns the status of one port number: the most pressing of its listeners' statuses; null without a listener. */
export function displayStatusOf(candidates: readonly Listener[]): DisplayStatus | null {
  return DISPLAY_STATUSES.find(({ is }) => candidates.some(is)) ?? null;
}

import type { IdentifiedCandidate } from '../model/candidate.js';
import type { Attested } from '../model/capabilities.js';
import { type Family, FAMILY_NOUNS, isInRange, otherFamily, rangeText } from '../model/family.js';
import type { Entrypoint, Refusal, RefusalReason } from '../model/outcome.js';
import type { ScanContext } from '../model/scan.js';
import { inertName } from '../text/terminal.js';

/**
 * Runs the guard, before every shutdown request and every signal (docs/safety-case.md). The guard does not know the
 * policy, so a candidate that the guard refuses is left alone whatever a rule says.
 * @returns the refusal of the first check that refuses, or null if the entrypoint may retire the candidate
 */
export function refusalFor(
  candidate: IdentifiedCandidate,
  entrypoint: Entrypoint,
  context: ScanContext,
): Refusal | null {
  const checks = [...FOR_EVERY_ENTRYPOINT, ...FOR_ENTRYPOINT[entrypoint]];
  return firstRefusal(checks, candidate, { context, family: FAMILY_OF[entrypoint] });
}

/**
 * Runs the part of the guard that protects a daemon in use. `planFor` applies this part to all sockets of a process.
 * @returns why the candidate is, or may be, a live daemon; or null
 */
export function livenessRefusal(candidate: IdentifiedCandidate, context: ScanContext): Refusal | null {
  return firstRefusal(NOT_LIVE, candidate, { context, family: candidate.family });
}

function firstRefusal(checks: Checks, candidate: IdentifiedCandidate, scope: GuardScope): Refusal | null {
  for (const [reason, check] of checks) {
    const detail = check(candidate, scope);
    if (detail !== null) return { reason, detail };
  }
  return null;
}

/** The one family that each entrypoint may retire, whatever a candidate says about itself (C-001, C-002). */
const FAMILY_OF: Readonly<Record<Entrypoint, Family>> = {
  startup: 'sync',
  reset: 'sync',
  stop: 'sync',
  dashboard_start: 'dashboard',
  dashboard_stop: 'dashboard',
};

interface GuardScope {
  readonly context: ScanContext;
  /** The family whose daemons the entrypoint may retire. */
  readonly family: Family;
}

/** A check of the guard. @returns why it refuses the candidate, as a sentence, or null */
type Check = (candidate: IdentifiedCandidate, scope: GuardScope) => string | null;

type Checks = readonly (readonly [RefusalReason, Check])[];

/*
 * Checks for every entrypoint, in this order.
 */

const FOR_EVERY_ENTRYPOINT: Checks = [
  ['not_switched_on', notSwitchedOn],
  ['out_of_range', outOfRange],
  ['identity_unreadable', notAttested],
  ['identity_unreadable', notReadFromKernel],
  ['other_user', ofOtherUser],
  ['missing_pid', processUnknown],
  ['protected_process', protectedProcess],
  ['identity_unreadable', commandLineUnreadable],
  ['other_family', notOfFamily],
];

/** Refuses everything where acting is an experiment that the user has not switched on (macOS). */
function notSwitchedOn(_candidate: IdentifiedCandidate, { context }: GuardScope): string | null {
  return context.notActing ?? null;
}

/** Refuses a port outside the range of the family, to which cleanup is bounded (NFR-001, NFR-002). */
function outOfRange({ evidence: { socket } }: IdentifiedCandidate, { family }: GuardScope): string | null {
  return isInRange(socket.port, family) ? null : `port ${socket.port} is not in ${rangeText(family)}`;
}

/**
 * Refuses evidence of a collector that does not attest everything which a proof needs, whatever the evidence has. Each
 * capability is needed by itself (ADR 17).
 */
function notAttested({ collector, attested }: IdentifiedCandidate): string | null {
  const [, missing] = NEEDED.find(([name]) => !attested[name]) ?? [];
  return missing === undefined ? null : `it was read through ${collector}, which cannot ${missing}`;
}

const NEEDED: readonly (readonly [keyof Attested, string])[] = [
  ['attests_owners', 'prove which process owns the socket'],
  ['attests_argv', 'read the arguments of a process one by one'],
  ['identifies_incarnations', 'tell a process from a later one with its PID'],
];

/**
 * Refuses evidence without the id or the user of the socket, or with an owner that is described only. The id is compared
 * again before each step (ADR 3).
 */
function notReadFromKernel({ evidence: { socket, holder } }: IdentifiedCandidate): string | null {
  if (socket.id !== null && socket.uid !== null && holder.kind !== 'described') return null;
  return 'the kernel did not say which socket it is, or which process owns it';
}

/**
 * Refuses a daemon of another user, even if the superuser runs this command: the daemon may be in use, and only that
 * user may clean it up (pitfall 15).
 */
function ofOtherUser(
  { evidence: { socket, holder } }: IdentifiedCandidate,
  { context: { uid } }: GuardScope,
): string | null {
  if (socket.uid !== uid)
    return `user ${socket.uid ?? 'unknown'} opened the socket, and this command runs as user ${uid}`;
  if (holder.kind === 'known' && holder.process.uid !== uid) {
    return `user ${holder.process.uid} runs the process, and this command runs as user ${uid}`;
  }
  return null;
}

/** Refuses a socket whose owner the kernel does not identify. A PID in an HTTP answer is no evidence (pitfall 7). */
function processUnknown({ evidence: { holder } }: IdentifiedCandidate): string | null {
  return holder.kind === 'known' ? null : holder.why;
}

/** Refuses PID 1, this command and its ancestors: a reused PID may be one of theirs (pitfall 14). */
function protectedProcess(
  { identity: { pid } }: IdentifiedCandidate,
  { context: { lineage } }: GuardScope,
): string | null {
  if (pid === null || pid <= 1) return 'it is the first process of this system';
  return lineage.includes(pid) ? 'it is this command itself, or a process that started it' : null;
}

function commandLineUnreadable({ facts, proofs }: IdentifiedCandidate): string | null {
  if (facts.spawn_shape !== 'unreadable') return null;
  return proofs.find(({ fact }) => fact === 'spawn_shape')?.detail ?? 'its command line could not be read';
}

/**
 * Refuses a process that is no daemon of the family. The whole command line must match a known daemon command of the
 * family; a text that mentions a daemon proves nothing (NFR-003, pitfall 10). An answer of the other family is refused.
 * A missing answer is accepted, because an orphan may be stuck.
 */
function notOfFamily(candidate: IdentifiedCandidate, { family }: GuardScope): string | null {
  const { facts, shape } = candidate;
  const other = otherFamily(family);
  if (candidate.family !== family) return `it was found by a scan for a ${FAMILY_NOUNS[other]}`;
  if (!shape || facts.spawn_shape !== 'production')
    return `its command line is not that of a ${FAMILY_NOUNS[family]}`;
  return facts.responder === other ? `it answers as a ${FAMILY_NOUNS[other]}` : null;
}

/*
 * Checks that protect a daemon in use. They refuse a daemon that answers. A silent daemon that may be live is probed
 * again by `retire`, which ends it only if it is proven to be stuck (`stuck.ts`).
 */

const NOT_LIVE: Checks = [
  ['recorded_singleton', liveInOurRoot],
  ['live_in_other_root', liveInOtherRoot],
  ['singleton_unknown', livenessUnknown],
];

function liveInOurRoot(candidate: IdentifiedCandidate): string | null {
  const isLive = candidate.facts.recorded_singleton === 'yes' && isHealthy(candidate);
  return isLive ? 'it is the live daemon of this root' : null;
}

/**
 * Refuses the live daemon of another root: our root does not record such a daemon, but its own root does (pitfall 11).
 */
function liveInOtherRoot(candidate: IdentifiedCandidate): string | null {
  const { recordedIn } = candidate;
  return recordedIn.kind === 'other_root' && isHealthy(candidate)
    ? `it is the live daemon of ${inertName(recordedIn.root.path)}`
    : null;
}

/**
 * Refuses a daemon that may be live: an unreadable state file does not prove an orphan (pitfall 30), and neither does a
 * health check that was not made.
 */
function livenessUnknown(candidate: IdentifiedCandidate): string | null {
  const { facts, recordedIn, proofs, evidence } = candidate;
  if (evidence.health.kind === 'not_asked' && mayBeLive(candidate)) {
    return `it may be live, and its health was not checked: ${evidence.health.why}`;
  }
  if (!isHealthy(candidate)) return null;
  if (recordedIn.kind === 'unknown') return recordedIn.detail;
  if (facts.recorded_singleton !== 'unknown') return null;
  return (
    proofs.find(({ fact }) => fact === 'recorded_singleton')?.detail ??
    'it is unknown whether the state file names it'
  );
}

/**
 * Whether a state file names the candidate, or may name it. If not healthy, such a daemon is probed again before the
 * first step.
 */
export function mayBeLive(candidate: IdentifiedCandidate): boolean {
  return candidate.facts.recorded_singleton !== 'no' || candidate.recordedIn.kind !== 'nowhere';
}

function isHealthy({ family, facts }: IdentifiedCandidate): boolean {
  return facts.responder === family;
}

/*
 * Checks for single entrypoints.
 */

const FOR_ENTRYPOINT: Readonly<Record<Entrypoint, Checks>> = {
  // An operator requested the cleanup, so an unproven orphan may be retired (FR-009). A daemon in use may not.
  reset: NOT_LIVE,
  // No operator requested a cleanup, so everything that the policy proves for `safe_auto` must hold here too (FR-006).
  startup: [...NOT_LIVE, ['not_proven', unprovenOrphan]],
  // An operator stops the live daemon of this root, so the candidate must be proven to be this daemon.
  stop: [
    ['not_recorded', notRecorded],
    ['not_proven', unprovenIdentity],
  ],
  dashboard_start: [['other_project', ofOtherProject], ...NOT_LIVE, ['not_proven', unprovenOrphan]],
  dashboard_stop: [
    ['other_project', ofOtherProject],
    ['not_proven', unprovenIdentity],
  ],
};

function unprovenOrphan(candidate: IdentifiedCandidate): string | null {
  if (candidate.facts.recorded_singleton !== 'no') return 'it may be the live daemon of this root';
  return unprovenIdentity(candidate);
}

function unprovenIdentity(candidate: IdentifiedCandidate): string | null {
  const { evidence, facts, family } = candidate;
  if (facts.root_marker !== 'same') return 'it is not proven to belong to this root';
  if (evidence.health.kind === 'silent')
    return `it does not answer (${evidence.health.why}): it may be stuck or busy, or the machine is busy`;
  if (!isHealthy(candidate)) return `it does not answer as a ${FAMILY_NOUNS[family]}`;
  return facts.self_report === 'matches' ? null : 'what it says about itself is not proven';
}

function notRecorded({ facts }: IdentifiedCandidate): string | null {
  return facts.recorded_singleton === 'yes' ? null : 'the state file of this root does not name it';
}

/** Refuses a dashboard of another project, even an orphan: each project has its own dashboard (pitfall 9). */
function ofOtherProject({ facts, proofs }: IdentifiedCandidate): string | null {
  if (facts.root_marker === 'same') return null;
  return (
    proofs.find(({ fact }) => fact === 'root_marker')?.detail ?? 'it is not proven to belong to this project'
  );
}

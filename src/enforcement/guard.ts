import type { IdentifiedCandidate } from '../model/candidate.js';
import { type Family, isInRange, rangeText } from '../model/family.js';
import type { Entrypoint, Refusal, RefusalReason } from '../model/outcome.js';
import type { ScanContext } from '../model/scan.js';

/**
 * The safety envelope (design: "Action"). It knows nothing of the policy, and stands in front of every signal and every
 * shutdown request: whatever a rule says, a candidate that is refused here is left alone.
 * @returns why the candidate must be left alone, or null when nothing stands against acting
 */
export function refusalFor(
  candidate: IdentifiedCandidate,
  entrypoint: Entrypoint,
  context: ScanContext,
): Refusal | null {
  return refusalBy([...FOR_ALL, ...FOR_EACH[entrypoint]], candidate, context, FAMILY_OF[entrypoint]);
}

/** Why a candidate may be in use somewhere, or null. Its process is then left alone for its other sockets too. */
export function refusalAsLive(candidate: IdentifiedCandidate, context: ScanContext): Refusal | null {
  return refusalBy(NOT_LIVE, candidate, context, candidate.family);
}

function refusalBy(
  checks: Checks,
  candidate: IdentifiedCandidate,
  context: ScanContext,
  family: Family,
): Refusal | null {
  for (const [reason, check] of checks) {
    const detail = check(candidate, context, family);
    if (detail !== null) return { reason, detail };
  }
  return null;
}

/** The wall between the families: an entrypoint acts on its own, whatever a candidate says it is (C-001, C-002). */
const FAMILY_OF: Readonly<Record<Entrypoint, Family>> = {
  startup: 'sync',
  reset: 'sync',
  stop: 'sync',
  dashboard_start: 'dashboard',
  dashboard_stop: 'dashboard',
};

/** What stands against acting, in words, or null. `family` is the one that the entrypoint may act on. */
type Check = (candidate: IdentifiedCandidate, context: ScanContext, family: Family) => string | null;

/** In order: the first that objects names the reason. */
type Checks = readonly (readonly [RefusalReason, Check])[];

/** What every entrypoint has to find in order, whomever it acts on. */
const FOR_ALL: Checks = [
  ['out_of_range', portOutOfRange],
  ['identity_unreadable', flattened],
  ['other_user', anotherUser],
  ['missing_pid', unknownProcess],
  ['protected_process', protectedProcess],
  ['identity_unreadable', unreadableCommandLine],
  ['other_family', anotherFamily],
];

function portOutOfRange(
  { evidence: { socket } }: IdentifiedCandidate,
  _: ScanContext,
  family: Family,
): string | null {
  return isInRange(socket.port, family) ? null : `port ${socket.port} is not in ${rangeText(family)}`;
}

/** A socket without the kernel's number cannot be told from its successor, nor a described process held. */
function flattened({ evidence: { socket, holder } }: IdentifiedCandidate): string | null {
  if (socket.inode !== null && socket.uid !== null && holder.kind !== 'described') return null;
  return 'it was seen through systeminformation, which can neither prove nor hold a process';
}

/** Root is no exception: another user's daemon is that user's to clean (pitfall 15). */
function anotherUser(
  { evidence: { socket, holder } }: IdentifiedCandidate,
  { uid }: ScanContext,
): string | null {
  if (socket.uid !== uid) return `user ${socket.uid ?? 'unknown'} opened the socket, we are user ${uid}`;
  if (holder.kind === 'known' && holder.process.uid !== uid) {
    return `user ${holder.process.uid} runs the process, we are user ${uid}`;
  }
  return null;
}

function unknownProcess({ evidence: { holder } }: IdentifiedCandidate): string | null {
  return holder.kind === 'known' ? null : holder.why;
}

function protectedProcess(
  { identity: { pid } }: IdentifiedCandidate,
  { lineage }: ScanContext,
): string | null {
  if (pid === null || pid <= 1) return 'it is the first process of this system';
  return lineage.includes(pid) ? 'it is this command itself or one that started it' : null;
}

function unreadableCommandLine({ facts, proofs }: IdentifiedCandidate): string | null {
  if (facts.spawn_shape !== 'unreadable') return null;
  return proofs.find(({ fact }) => fact === 'spawn_shape')?.because ?? 'its command line could not be read';
}

/** Both by what it was started as and by what it answers as; who answers as nobody may still be what it was started as. */
function anotherFamily(candidate: IdentifiedCandidate, _: ScanContext, family: Family): string | null {
  const { facts, shape } = candidate;
  const [own, other] = family === 'sync' ? ['sync daemon', 'dashboard'] : ['dashboard', 'sync daemon'];
  if (candidate.family !== family) return `it was looked at as a ${other}`;
  if (!shape || facts.spawn_shape !== 'production') return `its command line is not that of a ${own}`;
  const answersAsOther = facts.responder === (family === 'sync' ? 'dashboard' : 'sync');
  return answersAsOther ? `it answers as a ${other}` : null;
}

/** A dashboard is its project's own: even the orphan of another one is left alone (pitfall 9). */
function isAnotherProjects({ facts, proofs }: IdentifiedCandidate): string | null {
  if (facts.root_marker === 'same') return null;
  return (
    proofs.find(({ fact }) => fact === 'root_marker')?.because ?? 'it is not proven to be of this project'
  );
}

/** Whoever is, or may be, in use somewhere is left alone. */
const NOT_LIVE: Checks = [
  ['recorded_singleton', liveHere],
  ['live_in_other_root', liveElsewhere],
  ['singleton_unknown', perhapsLive],
];

const FOR_EACH: Readonly<Record<Entrypoint, Checks>> = {
  reset: NOT_LIVE,
  // Nobody asked: so it proves for itself what the policy has proven.
  startup: [...NOT_LIVE, ['not_proven', isUnprovenOrRecorded]],
  stop: [
    ['not_recorded', isNotRecorded],
    ['not_proven', isUnproven],
  ],
  dashboard_start: [['other_project', isAnotherProjects], ...NOT_LIVE, ['not_proven', isUnprovenOrRecorded]],
  dashboard_stop: [
    ['other_project', isAnotherProjects],
    ['not_proven', isUnproven],
  ],
};

/** Whether its being alive and recorded somewhere is still open: then it must be asked again before anything is done. */
export function mayBeLive(candidate: IdentifiedCandidate): boolean {
  return candidate.facts.recorded_singleton !== 'no' || candidate.recordedIn.kind !== 'nowhere';
}

function isUnprovenOrRecorded(candidate: IdentifiedCandidate): string | null {
  if (candidate.facts.recorded_singleton !== 'no') return 'it may be the recorded daemon of this root';
  return isUnproven(candidate);
}

function isUnproven(candidate: IdentifiedCandidate): string | null {
  const { facts, evidence } = candidate;
  if (facts.root_marker !== 'same') return 'it is not proven to belong to this root';
  if (evidence.health.kind === 'silent')
    return `it does not answer (${evidence.health.why}): it is stuck, or it or the machine is busy`;
  if (!isHealthy(candidate)) return `it does not answer as ${candidate.family}`;
  return facts.self_report === 'matches' ? null : 'what it says of itself is not proven';
}

function isNotRecorded({ facts }: IdentifiedCandidate): string | null {
  return facts.recorded_singleton === 'yes' ? null : 'the state file of this root does not name it';
}

function liveHere(candidate: IdentifiedCandidate): string | null {
  const isLive = candidate.facts.recorded_singleton === 'yes' && isHealthy(candidate);
  return isLive ? 'it is the live daemon of this root' : null;
}

function liveElsewhere(candidate: IdentifiedCandidate): string | null {
  const { recordedIn } = candidate;
  return recordedIn.kind === 'other_root' && isHealthy(candidate)
    ? `it is the live daemon of ${recordedIn.root.path}`
    : null;
}

/**
 * A healthy daemon of which nobody can say whether some root records it is not for us to stop, nor one that may be live
 * and was never asked.
 */
function perhapsLive(candidate: IdentifiedCandidate): string | null {
  const { facts, recordedIn, proofs, evidence } = candidate;
  if (evidence.health.kind === 'not_asked' && mayBeLive(candidate)) {
    return `it may be live, and was not asked: ${evidence.health.why}`;
  }
  if (!isHealthy(candidate)) return null;
  if (recordedIn.kind === 'unknown') return recordedIn.why;
  if (facts.recorded_singleton !== 'unknown') return null;
  return (
    proofs.find(({ fact }) => fact === 'recorded_singleton')?.because ?? 'cannot tell whether it is recorded'
  );
}

function isHealthy({ family, facts }: IdentifiedCandidate): boolean {
  return facts.responder === family;
}

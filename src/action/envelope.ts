import type { IdentifiedCandidate } from '../model/candidate.js';
import type { Observer } from '../model/evidence.js';
import { isInRange } from '../model/family.js';
import type { Entrypoint, Refusal, RefusalReason } from '../model/outcome.js';

/**
 * The safety envelope (design: "Action"). It knows nothing of the policy, and stands in front of every signal and every
 * shutdown request: whatever a rule says, a candidate that is refused here is left alone.
 * @returns why the candidate must be left alone, or null when nothing stands against acting
 */
export function envelope(
  candidate: IdentifiedCandidate,
  entrypoint: Entrypoint,
  observer: Observer,
): Refusal | null {
  for (const [reason, check] of [...FOR_ALL, ...FOR_EACH[entrypoint]]) {
    const detail = check(candidate, observer);
    if (detail !== null) return { reason, detail };
  }
  return null;
}

/** What stands against acting, in words, or null. */
type Check = (candidate: IdentifiedCandidate, observer: Observer) => string | null;
/** In order: the first that objects names the reason. */
type Checks = readonly (readonly [RefusalReason, Check])[];

const FOR_ALL: Checks = [
  ['out_of_range', portOutOfRange],
  ['identity_unreadable', flattened],
  ['other_user', anotherUser],
  ['missing_pid', unknownProcess],
  ['protected_process', protectedProcess],
  ['identity_unreadable', unreadableCommandLine],
  ['not_sync_family', anotherFamily],
];

const NOT_LIVE: Checks = [
  ['recorded_singleton', liveHere],
  ['live_in_other_root', liveElsewhere],
  ['singleton_unknown', perhapsLive],
];

const FOR_EACH: Readonly<Record<Entrypoint, Checks>> = {
  reset: NOT_LIVE,
  // Nobody asked: so it proves for itself what the policy has proven.
  startup: [...NOT_LIVE, ['not_proven', unprovenOrRecorded]],
  stop: [
    ['not_recorded', notRecorded],
    ['not_proven', unproven],
  ],
};

/** Whether its being alive and recorded somewhere is still open: then it must be asked again before anything is done. */
export function mayBeLive(candidate: IdentifiedCandidate): boolean {
  return candidate.facts.recorded_singleton !== 'no' || candidate.recordedIn.kind !== 'nowhere';
}

function portOutOfRange({ evidence: { socket } }: IdentifiedCandidate): string | null {
  return isInRange(socket.port, 'sync') ? null : `port ${socket.port} is not in [9400, 9450)`;
}

/** A socket without the kernel's number cannot be told from its successor, nor a described process held. */
function flattened({ evidence: { socket, holder } }: IdentifiedCandidate): string | null {
  if (socket.inode !== null && socket.uid !== null && holder.kind !== 'described') return null;
  return 'it was seen through systeminformation, which can neither prove nor hold a process';
}

/** Root is no exception: another user's daemon is that user's to clean (pitfall 15). */
function anotherUser(
  { evidence: { socket, holder } }: IdentifiedCandidate,
  { uid }: Observer,
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

function protectedProcess({ identity: { pid } }: IdentifiedCandidate, { lineage }: Observer): string | null {
  if (pid === null || pid <= 1) return 'it is the first process of this system';
  return lineage.includes(pid) ? 'it is this command itself or one that started it' : null;
}

function unreadableCommandLine({ facts, proofs }: IdentifiedCandidate): string | null {
  if (facts.spawn_shape !== 'unreadable') return null;
  return proofs.find(({ fact }) => fact === 'spawn_shape')?.because ?? 'its command line could not be read';
}

function anotherFamily({ facts, shape }: IdentifiedCandidate): string | null {
  if (!shape || facts.spawn_shape !== 'production') return 'its command line is not that of a sync daemon';
  return facts.responder === 'dashboard' ? 'it answers as a dashboard' : null;
}

function liveHere({ facts }: IdentifiedCandidate): string | null {
  return facts.recorded_singleton === 'yes' && isHealthy(facts) ? 'it is the live daemon of this root' : null;
}

function liveElsewhere({ facts, recordedIn }: IdentifiedCandidate): string | null {
  return recordedIn.kind === 'other_root' && isHealthy(facts)
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
  if (!isHealthy(facts)) return null;
  if (recordedIn.kind === 'unknown') return recordedIn.why;
  if (facts.recorded_singleton !== 'unknown') return null;
  return (
    proofs.find(({ fact }) => fact === 'recorded_singleton')?.because ?? 'cannot tell whether it is recorded'
  );
}

function isHealthy(facts: IdentifiedCandidate['facts']): boolean {
  return facts.responder === 'sync';
}

function unprovenOrRecorded(candidate: IdentifiedCandidate): string | null {
  if (candidate.facts.recorded_singleton !== 'no') return 'it may be the recorded daemon of this root';
  return unproven(candidate);
}

function unproven({ facts }: IdentifiedCandidate): string | null {
  if (facts.root_marker !== 'same') return 'it is not proven to belong to this root';
  if (!isHealthy(facts)) return 'it does not answer as sync';
  return facts.self_report === 'matches' ? null : 'what it says of itself is not proven';
}

function notRecorded({ facts }: IdentifiedCandidate): string | null {
  return facts.recorded_singleton === 'yes' ? null : 'the state file of this root does not name it';
}

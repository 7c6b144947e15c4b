import type { IdentifiedCandidate } from '../../model/candidate.js';
import type { Checks } from './check.js';

/** Whoever is, or may be, in use somewhere is left alone. */
export const NOT_LIVE: Checks = [
  ['recorded_singleton', liveHere],
  ['live_in_other_root', liveElsewhere],
  ['singleton_unknown', perhapsLive],
];

/** Whether its being alive and recorded somewhere is still open: then it must be asked again before anything is done. */
export function mayBeLive(candidate: IdentifiedCandidate): boolean {
  return candidate.facts.recorded_singleton !== 'no' || candidate.recordedIn.kind !== 'nowhere';
}

export function isUnprovenOrRecorded(candidate: IdentifiedCandidate): string | null {
  if (candidate.facts.recorded_singleton !== 'no') return 'it may be the recorded daemon of this root';
  return isUnproven(candidate);
}

export function isUnproven(candidate: IdentifiedCandidate): string | null {
  const { facts } = candidate;
  if (facts.root_marker !== 'same') return 'it is not proven to belong to this root';
  if (!isHealthy(candidate)) return `it does not answer as ${candidate.family}`;
  return facts.self_report === 'matches' ? null : 'what it says of itself is not proven';
}

export function isNotRecorded({ facts }: IdentifiedCandidate): string | null {
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

import type { IdentifiedCandidate } from '../model/candidate.js';

/** A healthy daemon that its own root records is in use, whatever our root thinks of it. */
export function isLiveElsewhere({ family, recordedIn, facts }: IdentifiedCandidate): boolean {
  return recordedIn.kind === 'other_root' && facts.responder === family;
}

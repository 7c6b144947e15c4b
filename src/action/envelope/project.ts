import type { IdentifiedCandidate } from '../../model/candidate.js';

/** A dashboard is its project's own: even the orphan of another one is left alone (pitfall 9). */
export function isAnotherProjects({ facts, proofs }: IdentifiedCandidate): string | null {
  if (facts.root_marker === 'same') return null;
  return (
    proofs.find(({ fact }) => fact === 'root_marker')?.because ?? 'it is not proven to be of this project'
  );
}

import type { JudgedCandidate } from '../model/candidate.js';
import type { NearestChange } from '../model/verdict.js';
import { nearestChanges } from '../verdict/nearest-change.js';
import type { Examination } from './examine.js';

/** Says what would change the verdict of a candidate. */
export type Nearest = (candidate: JudgedCandidate) => readonly NearestChange[];

export async function nearestBy({ policy }: Examination): Promise<Nearest> {
  const compiled = await policy.compiled();
  return (candidate) => nearestChanges(compiled, candidate.facts);
}

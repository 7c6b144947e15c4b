import { readRoot } from '../facts/collectors/root.js';
import { gatherFacts } from '../facts/gather.js';
import type { IdentifiedCandidate } from '../model/candidate.js';
import type { Facts, RootEvidence } from '../model/evidence.js';
import type { Family } from '../model/family.js';
import type { BegunLook } from './begin-look.js';
import { ourTree } from '../system/observe/tree.js';
import { nextTurn } from '../system/observe/next-turn.js';

/** Who listens on the range, without a verdict: for a daemon that looks whether it is still wanted. */
export interface Surroundings {
  readonly facts: Facts;
  readonly candidates: readonly IdentifiedCandidate[];
}

export async function lookAround(
  family: Family,
  rootPath: string,
  begun: BegunLook = null,
): Promise<Surroundings> {
  const facts = await gatherFacts(family, rootPath, 'procfs', 'ours', begun);
  if (!facts.listeners.ok || facts.listeners.value.length === 0) return { facts, candidates: [] };
  await nextTurn();
  const { identify } = await import('./judge-each.js');
  await nextTurn();
  return { facts, candidates: identify(facts) };
}

/** What a root says of its daemons, now. */
export function lookAtRoot(family: Family, path: string): RootEvidence {
  return readRoot(family, path, ourTree, '');
}

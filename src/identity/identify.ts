import type { IdentifiedCandidate } from '../model/candidate.js';
import { type Facts, type ListenerEvidence, processOf } from '../model/evidence.js';
import { parseSpawnShape } from '../model/spawn-shape.js';
import { selfReportOf } from './contracts.js';
import { describeIdentity } from './identity-record.js';
import { proveFacts } from './policy-facts.js';
import { recordedInOtherRoot } from './recorded-singleton.js';

/**
 * Turns evidence into who each listener is and what the policy may know of it. Pure: the same facts give the same
 * answer on any machine. An empty list stands for "nothing listens"; "could not look" is in `facts.listeners`.
 */
export function identify(facts: Facts): readonly IdentifiedCandidate[] {
  return facts.listeners.ok ? facts.listeners.value.map((listener) => identifyListener(listener, facts)) : [];
}

/** The same for one listener; `facts` tells what it is compared with. */
export function identifyListener(evidence: ListenerEvidence, facts: Facts): IdentifiedCandidate {
  const argv = processOf(evidence.holder)?.argv;
  const shape = argv?.ok ? parseSpawnShape(facts.family, argv.value) : null;
  const selfReport = selfReportOf(facts.family, evidence, shape);
  const identity = describeIdentity(facts.family, evidence, shape, selfReport);
  const { vector, proofs } = proveFacts(evidence, shape, selfReport, identity.packageVersion, facts);
  return {
    family: facts.family,
    evidence,
    shape,
    identity,
    recordedIn: recordedInOtherRoot(evidence, shape, facts),
    facts: vector,
    proofs,
  };
}

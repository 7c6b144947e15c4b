import type { Attested } from '../model/capabilities.js';
import type { ProcessDescription } from '../model/evidence.js';
import { ok } from '../model/result.js';
import type { ListenerEvidence, SocketOwner } from '../model/scan.js';

/**
 * Returns the evidence without what its collector does not attest, so that no fact rests on it: an owner is described
 * only, and arguments have no certain boundaries. Evidence of a collector that attests everything is unchanged.
 */
export function attestedEvidence(evidence: ListenerEvidence, attested: Attested): ListenerEvidence {
  const holder = attestedOwner(evidence.holder, attested);
  return holder === evidence.holder ? evidence : { ...evidence, holder };
}

function attestedOwner(holder: SocketOwner, attested: Attested): SocketOwner {
  if (holder.kind !== 'known' && holder.kind !== 'described') return holder;
  const isProven = attested.attests_owners && attested.identifies_incarnations;
  if (holder.kind === 'known' && isProven)
    return attested.attests_argv ? holder : { kind: 'known', process: withoutBoundaries(holder.process) };
  const process = attested.attests_argv ? holder.process : withoutBoundaries(holder.process);
  const why = holder.kind === 'described' ? holder.why : 'the collector does not prove which process it is';
  return { kind: 'described', process, why };
}

function withoutBoundaries<P extends ProcessDescription>(process: P): P {
  const { argv } = process;
  return argv.ok ? { ...process, argv: ok({ ...argv.value, exact: false }) } : process;
}

import type { FactEvidence } from '../model/candidate.js';
import type { OwnerBlock } from '../model/root.js';
import { type ListenerEvidence, processOf, type RootEvidence } from '../model/scan.js';

/**
 * Whether some owner record speaks of this listener. The `owner` block of 3.2.0-3.2.3 and the file it is copied from
 * name whichever daemon started last: only with this PID and this port do they describe this one (FR-003).
 */
export function ownerRecordOf(evidence: ListenerEvidence): FactEvidence<'owner_record'> {
  const seen = ownersSeen(evidence);
  if (seen.some((owner) => speaksOf(owner, evidence))) {
    return { value: 'own', detail: 'an owner record carries its PID and port' };
  }
  const [other] = seen;
  if (other) {
    const who = `PID ${other.pid ?? 'unknown'} on port ${other.port ?? 'unknown'}`;
    return { value: 'not_attributable', detail: `the owner record describes ${who}` };
  }
  const unreadable = rootsOf(evidence).find(({ ownerRecord }) => ownerRecord.kind === 'unreadable');
  if (unreadable?.ownerRecord.kind === 'unreadable') {
    return { value: 'unreadable', detail: `owner.json cannot be read: ${unreadable.ownerRecord.why}` };
  }
  return { value: 'absent', detail: 'there is no owner record' };
}

/** The owner record that describes this listener, or null. Display only. */
export function attributableOwner(evidence: ListenerEvidence): OwnerBlock | null {
  return ownersSeen(evidence).find((owner) => speaksOf(owner, evidence)) ?? null;
}

function ownersSeen(evidence: ListenerEvidence): readonly OwnerBlock[] {
  const answered = evidence.health.kind === 'answered' ? evidence.health.body.owner : null;
  const files = rootsOf(evidence).flatMap(({ ownerRecord }) =>
    ownerRecord.kind === 'read' ? [ownerRecord.owner] : [],
  );
  return answered ? [answered, ...files] : files;
}

function speaksOf(owner: OwnerBlock, { holder, socket }: ListenerEvidence): boolean {
  const process = processOf(holder);
  return process !== null && owner.pid === process.pid && owner.port === socket.port;
}

function rootsOf({ roots }: ListenerEvidence): readonly RootEvidence[] {
  return roots.ok ? roots.value : [];
}

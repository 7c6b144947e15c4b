import type { FactEvidence } from '../model/candidate.js';
import type { OwnerBlock } from '../model/root.js';
import { type ListenerEvidence, processOf, type RootEvidence } from '../model/scan.js';

/**
 * Determines whether an owner record describes this listener. `owner.json`, and its copy in the `owner` block of 3.2.0
 * to 3.2.3, describe the daemon of the root that started last. So only a record with the PID and the port of this
 * listener counts (FR-003, pitfall 17).
 */
export function ownerRecordOf(evidence: ListenerEvidence): FactEvidence<'owner_record'> {
  const owners = ownersOf(evidence);
  if (owners.some((owner) => describes(owner, evidence))) {
    return { value: 'own', detail: 'an owner record carries its PID and port' };
  }
  const [other] = owners;
  if (other) {
    const described = `PID ${other.pid ?? 'unknown'} on port ${other.port ?? 'unknown'}`;
    return { value: 'not_attributable', detail: `the owner record describes ${described}` };
  }
  const unreadable = rootsOf(evidence).find(({ ownerRecord }) => ownerRecord.kind === 'unreadable');
  if (unreadable?.ownerRecord.kind === 'unreadable') {
    return { value: 'unreadable', detail: `owner.json cannot be read: ${unreadable.ownerRecord.why}` };
  }
  return { value: 'absent', detail: 'there is no owner record' };
}

/** Returns the owner record that describes this listener, or null. Used for reports only (FR-003). */
export function attributableOwner(evidence: ListenerEvidence): OwnerBlock | null {
  return ownersOf(evidence).find((owner) => describes(owner, evidence)) ?? null;
}

function ownersOf(evidence: ListenerEvidence): readonly OwnerBlock[] {
  const answered = evidence.health.kind === 'answered' ? evidence.health.body.owner : null;
  const files = rootsOf(evidence).flatMap(({ ownerRecord }) =>
    ownerRecord.kind === 'read' ? [ownerRecord.owner] : [],
  );
  return answered ? [answered, ...files] : files;
}

function describes(owner: OwnerBlock, { holder, socket }: ListenerEvidence): boolean {
  const process = processOf(holder);
  return process !== null && owner.pid === process.pid && owner.port === socket.port;
}

function rootsOf({ roots }: ListenerEvidence): readonly RootEvidence[] {
  return roots.ok ? roots.value : [];
}

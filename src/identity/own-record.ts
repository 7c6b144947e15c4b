import type { ListenerEvidence } from '../model/evidence.js';
import type { IdentityRecordFile } from '../model/files.js';
import type { SpawnShape } from '../model/spawn-shape.js';

/** The identity record that a daemon of ours declares in argv, from its own root; null for any other generation. */
export function ownRecordOf(
  { roots }: ListenerEvidence,
  shape: SpawnShape | null,
): IdentityRecordFile | null {
  if (shape?.generation !== 'own' || !roots.ok) return null;
  for (const file of roots.value.flatMap((root) => root.records)) {
    if (file.kind === 'read' && file.record.id === shape.id) return file.record;
  }
  return null;
}

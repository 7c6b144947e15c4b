import type { MachineIdentity, RootEvidence } from './evidence.js';
import type { IdentityRecordFile } from './files.js';

/** The identity record of the daemon that the state file of this root names, if it is one of ours. */
export function recordNamed({ stateFile, records }: RootEvidence): IdentityRecordFile | null {
  if (stateFile.kind !== 'read') return null;
  for (const file of records) {
    if (file.kind === 'read' && file.record.id === stateFile.key) return file.record;
  }
  return null;
}

/**
 * Whether the state file was written on another machine or in another network namespace: a port and a PID mean nothing
 * outside of these.
 */
export function isRecordedElsewhere(root: RootEvidence, machine: MachineIdentity): boolean {
  const record = recordNamed(root);
  return (
    record !== null &&
    (record.machineId !== machine.machineId || record.networkNamespace !== machine.networkNamespace)
  );
}

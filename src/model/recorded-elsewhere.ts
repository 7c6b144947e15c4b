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
 * Whether the state file was, or may have been, written on another machine or in another network namespace: a port and a
 * PID mean nothing outside of these.
 */
export function isRecordedElsewhere(root: RootEvidence, machine: MachineIdentity): boolean {
  const record = recordNamed(root);
  if (!record) return false;
  // No two starts share a boot id: where it is the same, so is the machine, whether or not it has an id of its own.
  const isSameMachine =
    areSame(record.bootId, machine.bootId) || areSame(record.machineId, machine.machineId);
  return !isSameMachine || !areSame(record.networkNamespace, machine.networkNamespace);
}

/** Whether a record is known to be older than the last start of this machine, so that its PID means nobody any more. */
export function isFromEarlierBoot({ bootId }: IdentityRecordFile, machine: MachineIdentity): boolean {
  return bootId !== null && machine.bootId !== null && bootId !== machine.bootId;
}

/** What is not known equals nothing, also not what is not known elsewhere. */
function areSame(one: string | null, other: string | null): boolean {
  return one !== null && one === other;
}

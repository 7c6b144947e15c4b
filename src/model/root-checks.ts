import type { Access, DirectoryResult, MachineIdentity } from './evidence.js';
import type { Family } from './family.js';
import { DAEMON_FILES, type IdentityRecordFile } from './root.js';
import type { RootEvidence } from './scan.js';

/** Others than its user could have written what a root says of its daemons. */
export interface TrustIssue {
  readonly path: string;
  readonly kind: 'belongs_to_another' | 'others_can_write';
  /** What is wrong with the path, in words that follow its name. */
  readonly detail: string;
}

/**
 * Why a root does not prove who is recorded in it, or null. Asked of the folder, where the state file can be exchanged,
 * and of the file. Root may write anywhere; a group with its user's own number is that user's private one, which many
 * systems let write by default.
 * @param uid whose daemons it is to speak of; below 0 the system has no such numbers
 */
export function trustIssueOf(
  family: Family,
  { path, directory, stateFile }: RootEvidence,
  uid: number,
): TrustIssue | null {
  if (uid < 0) return null;
  const folder = directory.kind === 'directory' ? accessIssue(path, directory.access, uid) : null;
  if (folder) return folder;
  return stateFile.kind === 'read'
    ? accessIssue(`${path}/${DAEMON_FILES[family].stateFile}`, stateFile.access, uid)
    : null;
}

function accessIssue(path: string, { owner, group, mode }: Access, uid: number): TrustIssue | null {
  if (owner !== uid && owner !== 0) {
    return { path, kind: 'belongs_to_another', detail: `belongs to user ${owner}` };
  }
  const others =
    mode & 0o002 ? 'everybody' : (mode & 0o020) !== 0 && group !== owner ? `group ${group}` : null;
  return others === null ? null : { path, kind: 'others_can_write', detail: `can be written by ${others}` };
}

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

/** Same directory, not same string: device and inode are equal (pitfall 12). */
export function isSameDirectory(one: DirectoryResult, other: DirectoryResult): boolean {
  return (
    one.kind === 'directory' &&
    other.kind === 'directory' &&
    one.device === other.device &&
    one.inode === other.inode
  );
}

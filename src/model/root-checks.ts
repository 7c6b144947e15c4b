import type { Access, DirectoryResult, MachineIdentity } from './evidence.js';
import type { Family } from './family.js';
import { DAEMON_FILES, type IdentityRecordFile } from './root.js';
import type { RootEvidence } from './scan.js';

/** A reason not to trust the files of a root: users other than ours and the superuser could have written them. */
export interface TrustIssue {
  readonly path: string;
  readonly kind: 'belongs_to_another' | 'others_can_write';
  /** User id. */
  readonly owner: number;
  /** What is wrong, as a text to print after the path: `belongs to user 1001`. */
  readonly detail: string;
}

/**
 * Checks that only this user and the superuser could have written the state file of a root. The folder is checked too,
 * because a user who may write the folder may replace the file. Write access of a group is accepted if the group id
 * equals the owner's user id: this is the owner's private group, which many systems let write by default.
 * @param uid the user who runs the daemons of this root; below 0 on systems without user ids, where nothing is checked
 * @returns null if the state file can be trusted
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
    return { path, kind: 'belongs_to_another', owner, detail: `belongs to user ${owner}` };
  }
  const others =
    mode & 0o002 ? 'all users' : (mode & 0o020) !== 0 && group !== owner ? `group ${group}` : null;
  return others === null
    ? null
    : { path, kind: 'others_can_write', owner, detail: `can be written by ${others}` };
}

/** Returns the identity record of the daemon that the state file of this root names; null if there is none. */
export function recordNamed({ stateFile, records }: RootEvidence): IdentityRecordFile | null {
  if (stateFile.kind !== 'read') return null;
  for (const file of records) {
    if (file.kind === 'read' && file.record.id === stateFile.key) return file.record;
  }
  return null;
}

/**
 * Whether the daemon in the state file may run on another machine or in another network namespace. Its port and PID
 * then cannot be compared with our listeners. False if that daemon has no identity record, or is known to have ended.
 */
export function isRecordedElsewhere(root: RootEvidence, machine: MachineIdentity): boolean {
  const record = recordNamed(root);
  if (!record || root.isRecordedDaemonGone) return false;
  // A boot id is unique, so an equal one proves the same machine even when the machine id is unknown.
  const isSameMachine =
    areSame(record.bootId, machine.bootId) || areSame(record.machineId, machine.machineId);
  return !isSameMachine || !areSame(record.networkNamespace, machine.networkNamespace);
}

/** Whether a record is certainly older than the last boot of this machine, so that its process no longer exists. */
export function isFromEarlierBoot({ bootId }: IdentityRecordFile, machine: MachineIdentity): boolean {
  return bootId !== null && machine.bootId !== null && bootId !== machine.bootId;
}

/** Whether two ids are equal. Null means unknown, and unknown compares unequal to everything, including unknown. */
function areSame(one: string | null, other: string | null): boolean {
  return one !== null && one === other;
}

/**
 * Whether two results have the same device and inode. Equal paths do not prove one directory: another container may use
 * the same path (pitfall 12).
 */
export function isSameDirectory(one: DirectoryResult, other: DirectoryResult): boolean {
  return (
    one.kind === 'directory' &&
    other.kind === 'directory' &&
    one.device === other.device &&
    one.inode === other.inode
  );
}

import type { Access, DirectoryResult, MachineIdentity } from './evidence.js';
import type { Family } from './family.js';
import { DAEMON_FILES, type IdentityRecordFile } from './root.js';
import type { RootEvidence, ScanContext } from './scan.js';

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

/** Says why others than this user and the superuser could have written a folder or file; null if they could not. */
export function accessIssue(path: string, { owner, group, mode }: Access, uid: number): TrustIssue | null {
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
 * Whether the daemon in the state file runs, or may run, on another machine or in another network namespace. Its port
 * and PID then cannot be compared with our listeners. False if that daemon is known to have ended, or if it has no
 * identity record and was not found in another network namespace.
 */
export function isRecordedElsewhere(root: RootEvidence, machine: MachineIdentity): boolean {
  if (root.isRecordedDaemonGone) return false;
  return root.recordedDaemonPid !== undefined || isRecordFromElsewhere(root, machine);
}

/** Whether the daemon in the state file recorded itself on another machine or in another network namespace. */
export function isRecordFromElsewhere(root: RootEvidence, machine: MachineIdentity): boolean {
  const record = recordNamed(root);
  if (!record) return false;
  return (
    !isOfThisMachine(root, record, machine) || !areSame(record.networkNamespace, machine.networkNamespace)
  );
}

/**
 * Whether the recorded daemon certainly ran before the last boot of this machine, so that its process no longer exists.
 * A record that declares a lock does not need this proof: its lock tells. In a container the boot id proves nothing,
 * because some containers (systemd-nspawn, LXC) are given one of their own.
 */
export function isFromEarlierBoot(
  root: RootEvidence,
  { machine, visibleProcesses }: Pick<ScanContext, 'machine' | 'visibleProcesses'>,
): boolean {
  const record = recordNamed(root);
  if (!record || record.holdsLock || record.bootId === null || machine.bootId === null) return false;
  if (visibleProcesses === 'of_container') return false;
  return record.bootId !== machine.bootId && isOfThisMachine(root, record, machine);
}

/**
 * Whether a record was certainly written on this machine, in this boot or an earlier one. A boot id is unique, so an
 * equal one proves it even when the machine id is unknown. An equal machine id does not, because clones of a machine
 * share it: the root must also be on a local file system, which no other machine uses.
 */
function isOfThisMachine(
  { isOnLocalFileSystem }: RootEvidence,
  { bootId, machineId }: MachineIdentity,
  machine: MachineIdentity,
): boolean {
  return (
    areSame(bootId, machine.bootId) || (isOnLocalFileSystem === true && areSame(machineId, machine.machineId))
  );
}

/** Whether a record is of the present boot of this machine and of our network namespace. */
export function isFromHere(record: MachineIdentity, machine: MachineIdentity): boolean {
  return areSame(record.bootId, machine.bootId) && areSame(record.networkNamespace, machine.networkNamespace);
}

/**
 * Whether the recorded daemon runs, or may run, where it cannot be looked for: where its record says, or, if it has no
 * identity record (as released daemons), outside this container or on another machine with this home. Another daemon
 * must not be started then, and `forget` clears the state file.
 */
export function mayRunElsewhere(
  root: RootEvidence,
  context: Pick<ScanContext, 'machine' | 'visibleProcesses' | 'uid'>,
): boolean {
  if (isRecordedElsewhere(root, context.machine)) return true;
  if (root.stateFile.kind !== 'read') return false;
  const unseen = unseenPlaceOf(root, context);
  // Processes that /proc hides are of other users: a daemon of ours is not among them.
  return recordNamed(root) === null && unseen !== null && unseen !== 'hidden_processes';
}

/** Which part of the machine, in which the recorded daemon may still run, a command cannot see. */
export type Unseen = 'another_machine' | 'other_processes' | 'hidden_processes' | 'superuser';

/**
 * Returns where the daemon that a state file may name cannot be looked for, although it may run there; null if a search
 * of the processes and ports that this command sees decides whether it runs.
 */
export function unseenPlaceOf(
  root: RootEvidence,
  context: Pick<ScanContext, 'machine' | 'visibleProcesses' | 'uid'>,
): Unseen | null {
  const { stateFile } = root;
  const { machine, visibleProcesses, uid } = context;
  if (root.isRecordedDaemonGone || isFromEarlierBoot(root, context)) return null;
  const record = recordNamed(root);
  // A daemon of ours listens for as long as it lives, so the ports of its network namespace show it.
  if (record && isFromHere(record, machine)) return null;
  const isOfThisKernel = record ? areSame(record.bootId, machine.bootId) : root.isOnLocalFileSystem === true;
  if (!isOfThisKernel) return 'another_machine';
  if (visibleProcesses === 'of_container' || visibleProcesses === undefined) return 'other_processes';
  // The processes of the superuser are not read (ADR 12), and the file is of one of them.
  if (stateFile.kind === 'read' && stateFile.access.owner !== uid) return 'superuser';
  return visibleProcesses === 'not_hidden' ? 'hidden_processes' : null;
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

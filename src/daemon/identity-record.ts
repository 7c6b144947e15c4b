import { join } from 'node:path';
import type { Machine, Observer } from '../machine/machine.js';
import type { Family } from '../model/family.js';
import { fileNameOf, identityRecordText, lockNameOf, type SecretRecord } from '../model/identity-record.js';
import { PACKAGE_VERSION } from '../model/product.js';
import type { WorkScope } from '../model/root.js';
import { DAEMON_FILES } from '../model/root.js';
import type { OwnShape } from '../model/spawn-command.js';

/** Identity of this daemon: what its identity record contains, and its family. */
export interface OwnIdentity extends Pick<SecretRecord, 'id' | 'port' | 'root' | 'secret'> {
  readonly family: Family;
}

export const OWN_ADDRESS = '127.0.0.1';
const SECRET_BYTES = 32;

/** Creates the identity of this daemon from its command line, with a new random secret. */
export function newIdentity(
  observer: Observer,
  family: Family,
  { root, port, id }: Omit<OwnShape, 'generation'>,
): OwnIdentity {
  return { family, id, port, root, secret: observer.randomBytes(SECRET_BYTES).toString('hex') };
}

/**
 * Writes the identity record of this daemon, then the state file that names the daemon. The state file has three lines:
 * URL, port and id. It contains no PID, because a released CLI may kill the PID of a state file that it did not write
 * (docs/released-daemons.md), and no secret. The caller holds the start lock, and the daemon is already listening.
 * @param workScope the queue, account and server at the start of the daemon, for reports (FR-001)
 * @returns why a file could not be written, or null
 */
export async function writeOwnRecords(
  machine: Machine,
  identity: OwnIdentity,
  workScope: WorkScope,
): Promise<string | null> {
  const { family, ...own } = identity;
  const { id, port, root } = own;
  const recordPath = pathOfRecord(identity);
  const stat = machine.observer.processes.stat(machine.observer.self.pid);
  if (stat.kind !== 'alive') return 'the kernel does not report when this process started';
  const noFolder = machine.actor.files.makePrivateFolder(recordPath);
  if (noFolder !== null) return noFolder;
  const lockFileSystem = await holdSignOfLife(machine, pathOfLock(identity));
  const text = identityRecordText({
    ...own,
    ...machine.observer.self.machineIdentity(),
    pid: machine.observer.self.pid,
    incarnation: stat.incarnation,
    address: OWN_ADDRESS,
    packageVersion: PACKAGE_VERSION,
    ...workScope,
    ...(lockFileSystem !== null && { holdsLock: true, lockFileSystem }),
  });
  return (
    machine.actor.files.writePrivate(recordPath, text) ??
    machine.actor.files.writePrivate(
      join(root, DAEMON_FILES[family].stateFile),
      `http://${OWN_ADDRESS}:${port}\n${port}\n${id}\n`,
    )
  );
}

/**
 * Locks a file for as long as this process lives, so that a command in another container, which does not see this
 * process, can tell whether it lives.
 * @returns the number of the file system; null if the lock cannot be taken, or if not all users of the file system would
 *   see it
 */
async function holdSignOfLife({ observer, actor }: Machine, path: string): Promise<number | null> {
  const lock = await actor.lock(path, 0);
  if (lock.kind !== 'held') return null;
  // A second open file must find the lock taken: some file systems give it to the same process twice.
  const seen = await observer.files.isLocked(path);
  const fileSystem = observer.files.lockingFileSystemOf(path);
  if (seen.ok && seen.value && fileSystem !== null) return fileSystem;
  lock.release();
  actor.files.remove(path);
  return null;
}

/**
 * Removes the identity record of this daemon, and the state file if it names this daemon (pitfall 2). The state file
 * is shared, so it is removed only under the start lock. This function does not wait for the lock: a process that holds
 * the lock is about to replace the state file.
 * @param isNamed reads whether the state file names this daemon; called while the lock is held
 */
export async function removeOwnRecords(
  machine: Machine,
  identity: OwnIdentity,
  isNamed: () => boolean,
): Promise<void> {
  const files = DAEMON_FILES[identity.family];
  const lock = await machine.actor.lock(join(identity.root, files.lock), 0);
  if (lock.kind === 'held') {
    if (isNamed()) machine.actor.files.remove(join(identity.root, files.stateFile));
    lock.release();
  }
  machine.actor.files.remove(pathOfRecord(identity));
  machine.actor.files.remove(pathOfLock(identity));
}

function pathOfRecord({ family, root, id }: OwnIdentity): string {
  return join(root, DAEMON_FILES[family].identityFolder, fileNameOf(id));
}

function pathOfLock({ family, root, id }: OwnIdentity): string {
  return join(root, DAEMON_FILES[family].identityFolder, lockNameOf(id));
}

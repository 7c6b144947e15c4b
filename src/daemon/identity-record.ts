import { join } from 'node:path';
import type { Machine, Observer } from '../machine/machine.js';
import type { Family } from '../model/family.js';
import { fileNameOf, identityRecordText, type SecretRecord } from '../model/identity-record.js';
import { PACKAGE_VERSION } from '../model/product.js';
import type { WorkScope } from '../model/root.js';
import { DAEMON_FILES } from '../model/root.js';
import type { OwnShape } from '../model/spawn-command.js';

/** Who this daemon is, as it will say to others. */
export interface OwnIdentity extends Pick<SecretRecord, 'id' | 'port' | 'root' | 'secret'> {
  readonly family: Family;
}

export const OWN_ADDRESS = '127.0.0.1';
const SECRET_BYTES = 32;

export function newIdentity(
  observer: Observer,
  family: Family,
  { root, port, id }: Omit<OwnShape, 'generation'>,
): OwnIdentity {
  return { family, id, port, root, secret: observer.randomBytes(SECRET_BYTES).toString('hex') };
}

/**
 * Writes down who this daemon is, then names it in the state file: three lines, URL, port and id. There is no PID in
 * it that a released CLI could kill, and no secret (docs/released-daemons.md).
 * Call under the lock of starts, and while listening.
 * @param works as it is at the start, for reports (FR-001); a daemon sends for the account of its start only
 * @returns why it could not be written, or null
 */
export function recordOwn(machine: Machine, identity: OwnIdentity, works: WorkScope): string | null {
  const { family, ...own } = identity;
  const { id, port, root } = own;
  const recordPath = pathOfRecord(identity);
  const stat = machine.observer.processes.stat(machine.observer.self.pid);
  if (stat.kind !== 'alive') return 'the kernel does not say when this process started';
  const text = identityRecordText({
    ...own,
    ...machine.observer.self.machineIdentity(),
    pid: machine.observer.self.pid,
    startTicks: stat.startTicks,
    address: OWN_ADDRESS,
    packageVersion: PACKAGE_VERSION,
    ...works,
  });
  return (
    machine.actor.files.makePrivateFolder(recordPath) ??
    machine.actor.files.writePrivate(recordPath, text) ??
    machine.actor.files.writePrivate(
      join(root, DAEMON_FILES[family].stateFile),
      `http://${OWN_ADDRESS}:${port}\n${port}\n${id}\n`,
    )
  );
}

/**
 * Takes back what carries the id of this daemon and nothing else. The state file is shared: it is touched only under
 * the lock of starts, taken without waiting. Whoever has that lock is about to write the file anyway.
 * @param isNamed whether the state file names this daemon, asked under the lock
 */
export async function unrecordOwn(
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
}

function pathOfRecord({ family, root, id }: OwnIdentity): string {
  return join(root, DAEMON_FILES[family].identityFolder, fileNameOf(id));
}

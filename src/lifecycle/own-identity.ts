import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DAEMON_FILES } from '../model/daemon-files.js';
import type { Family } from '../model/family.js';
import type { WorkScope } from '../model/files.js';
import type { OwnShape } from '../model/spawn-shape.js';
import { PACKAGE_VERSION } from '../model/version.js';
import { lockFile } from '../system/change/file-lock.js';
import { fileNameOf, identityRecordText, type SecretRecord } from '../system/observe/identity-record-file.js';
import { readMachineIdentity } from '../system/observe/machine.js';
import { readStat } from '../system/observe/process-table.js';
import { makePrivateFolder } from '../system/write/private-folder.js';
import { removeFile } from '../system/write/remove-file.js';
import { writePrivateFile } from '../system/write/write-file.js';

/** Who this daemon is, as it will say to others. */
export interface OwnIdentity extends Pick<SecretRecord, 'id' | 'port' | 'root' | 'secret'> {
  readonly family: Family;
}

export const OWN_ADDRESS = '127.0.0.1';
const SECRET_BYTES = 32;

export function newIdentity(family: Family, { root, port, id }: Omit<OwnShape, 'generation'>): OwnIdentity {
  return { family, id, port, root, secret: randomBytes(SECRET_BYTES).toString('hex') };
}

/**
 * Writes down who this daemon is, then names it in the state file: three lines, URL, port and id. There is no PID in
 * it that a released CLI could kill, and no secret (observed-daemons: "a state file that it did not write").
 * Call under the lock of starts, and while listening.
 * @param works as it is at the start, for reports (FR-001); a daemon sends for the account of its start only
 * @returns why it could not be written, or null
 */
export function recordOwn(identity: OwnIdentity, works: WorkScope): string | null {
  const { family, ...own } = identity;
  const { id, port, root } = own;
  const recordPath = pathOfRecord(identity);
  const stat = readStat(process.pid);
  if (stat.kind !== 'alive') return 'the kernel does not say when this process started';
  const text = identityRecordText({
    ...own,
    ...readMachineIdentity(),
    pid: process.pid,
    startTicks: stat.startTicks,
    address: OWN_ADDRESS,
    packageVersion: PACKAGE_VERSION,
    ...works,
  });
  return (
    makePrivateFolder(recordPath) ??
    writePrivateFile(recordPath, text) ??
    writePrivateFile(
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
export async function unrecordOwn(identity: OwnIdentity, isNamed: () => boolean): Promise<void> {
  const files = DAEMON_FILES[identity.family];
  const lock = await lockFile(join(identity.root, files.lock), 0);
  if (lock.kind === 'held') {
    if (isNamed()) removeFile(join(identity.root, files.stateFile));
    lock.release();
  }
  removeFile(pathOfRecord(identity));
}

function pathOfRecord({ family, root, id }: OwnIdentity): string {
  return join(root, DAEMON_FILES[family].identityFolder, fileNameOf(id));
}

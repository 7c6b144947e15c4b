import { basename, dirname, join } from 'node:path';
import { takeStartLock } from './locks.js';
import type { Machine, Observer } from '../machine/machine.js';
import { isAbandoned, parseDraftName } from '../model/draft.js';
import { type Family, isInRange } from '../model/family.js';
import type { ClearedStateFile } from '../model/outcome.js';
import { fileNameOf, lockNameOf } from '../model/identity-record.js';
import {
  accessIssue,
  isFromEarlierBoot,
  isRecordedElsewhere,
  recordNamed,
  trustIssueOf,
  unseenPlaceOf,
} from '../model/root-checks.js';
import { ok } from '../model/result.js';
import { DAEMON_FILES, type IdentityRecord, ROOT_FILES } from '../model/root.js';
import type { RootEvidence, Scan, ScanContext } from '../model/scan.js';
import { parseSpawnShape } from '../model/spawn-command.js';

/**
 * Removes the state file if the daemon that it names is certainly gone: no socket listens on its port, its process does
 * not exist or is no daemon, and no other process may be the daemon. If the file stayed, its PID could be reused, and a
 * released program would signal the new process (pitfalls 1 and 2). Must be called after the sweep.
 * @param readRoot reads our root again
 * @param mayRun whether a process of this machine may be the daemon that the state file of a root names
 */
export async function clearStaleStateFile(
  machine: Machine,
  family: Family,
  rootPath: string,
  readRoot: () => Promise<RootEvidence>,
  mayRun: (root: RootEvidence) => Promise<boolean>,
  context: ScanContext,
): Promise<ClearedStateFile> {
  // A program that starts a daemon writes the state file under this lock, so without the lock a new state file could
  // be removed.
  const start = await takeStartLock(machine, family, rootPath, 0);
  if (start.kind !== 'held') return { kind: 'kept' };
  try {
    const root = await readRoot();
    const { stateFile } = root;
    if (stateFile.kind !== 'read' || !isRecordedProcessGone(machine.observer, family, root, context))
      return { kind: 'kept' };
    const { port } = stateFile;
    const sockets = await machine.observer.sockets.listening((other) => other === port);
    if (!sockets.ok || sockets.value.length > 0 || (await mayRun(root))) return { kind: 'kept' };
    // A port outside the range is no daemon's, and is not connected to.
    const lacks = isInRange(port, family)
      ? await machine.observer.sockets.lacksListener(port, () => false)
      : ok(false);
    if (!lacks.ok || lacks.value) return { kind: 'kept' };
    // A program that does not take the lock may have written the file during the search.
    const { stateFile: now } = await readRoot();
    if (JSON.stringify(now) !== JSON.stringify(stateFile)) return { kind: 'kept' };
    if (!start.lock.isHeld()) return { kind: 'kept' };
    const path = join(rootPath, DAEMON_FILES[family].stateFile);
    const why = machine.actor.files.remove(path);
    return why === null ? { kind: 'cleared', path, port } : { kind: 'failed', path, why };
  } finally {
    start.lock.release();
  }
}

/** Whether the process that the state file or its record names certainly does not exist, or is certainly no daemon. */
function isRecordedProcessGone(
  observer: Observer,
  family: Family,
  root: RootEvidence,
  context: ScanContext,
): boolean {
  const { recordedProcess } = root;
  const { machine, uid } = context;
  if (trustIssueOf(family, root, uid) !== null) return false;
  if (root.isRecordedDaemonGone) return true;
  if (isRecordedElsewhere(root, machine)) return false;
  switch (recordedProcess.kind) {
    // In a container with a mounted home, or on a home that machines share, a PID from outside names another process
    // here, or none.
    case 'gone':
      return unseenPlaceOf(root, context) === null;
    case 'alive':
      // A process whose command line is unknown is no daemon: the caller checks that nothing listens on its port.
      return unseenPlaceOf(root, context) === null && recordedProcess.isDaemon !== true;
    case 'unreadable':
      return false;
    case 'none': {
      const record = recordNamed(root);
      // Without a PID line only a record names the process. An unusable record may be that record, so it prevents
      // removal.
      if (!record)
        return unseenPlaceOf(root, context) === null && root.records.every(({ kind }) => kind === 'read');
      if (isFromEarlierBoot(root, context)) return true;
      const stat = observer.processes.stat(record.pid);
      return (
        stat.kind === 'gone' ||
        stat.kind === 'other_user' ||
        (stat.kind === 'alive' && stat.incarnation !== record.incarnation)
      );
    }
  }
}

/**
 * Removes the identity records of daemons that are certainly gone: a killed daemon cannot remove its own record. A
 * record that cannot be removed does no harm, and the next command tries again.
 * @param scan made under the start lock, which must still be held: a new daemon records itself under that lock
 */
export async function clearStaleRecords(machine: Machine, scan: Scan): Promise<void> {
  const { family, root, context } = scan;
  if (trustIssueOf(family, root, context.uid) !== null) return;
  if (!areFoldersOurs(machine.observer, family, root.path, context.uid)) return;
  for (const file of root.records) {
    if (file.kind !== 'read') continue;
    const { record } = file;
    const lock = join(dirname(file.file), lockNameOf(record.id));
    const hasEnded =
      isStale(machine.observer, record, scan) ||
      (record.holdsLock && (await machine.observer.files.isReleased(lock, record.lockFileSystem ?? null)));
    if (!hasEnded) continue;
    machine.actor.files.remove(file.file);
    if (record.holdsLock) machine.actor.files.remove(lock);
  }
  await clearLocksWithoutRecord(machine, scan);
  clearDrafts(machine, scan);
}

/**
 * Whether only this user and the superuser can write the folders that files are removed from, and none of them is a link.
 * Else another user could replace a folder by a link to one that has other files of this user.
 */
function areFoldersOurs(observer: Observer, family: Family, root: string, uid: number): boolean {
  return [...new Set(foldersOf(family).flatMap(withParents))].every((folder) => {
    const path = join(root, folder);
    const found = observer.files.ours.identify(path);
    if (found.kind === 'missing') return !observer.files.isLink(path);
    return (
      found.kind === 'directory' &&
      !observer.files.isLink(path) &&
      (uid < 0 || accessIssue(path, found.access, uid) === null)
    );
  });
}

/** The folders below a root that have only files of ours. */
function foldersOf(family: Family): readonly string[] {
  const { sweepLock, identityFolder } = DAEMON_FILES[family];
  return [dirname(sweepLock), identityFolder, ...(family === 'sync' ? [ROOT_FILES.setAsideFolder] : [])];
}

/** Returns a relative path and the paths of the folders above it. */
function withParents(path: string): readonly string[] {
  return path.split('/').map((_, index, names) => names.slice(0, index + 1).join('/'));
}

/** More files than a folder of records has in use. */
const MOST_FILES = 1000;

/** Removes the locks of daemons that were killed before they recorded themselves. */
async function clearLocksWithoutRecord({ observer, actor }: Machine, { family, root }: Scan): Promise<void> {
  const folder = join(root.path, DAEMON_FILES[family].identityFolder);
  const names = namesIn(observer, folder);
  for (const name of names) {
    const id = name.replace(/\.lock$/, '');
    if (name !== lockNameOf(id) || names.includes(fileNameOf(id))) continue;
    const lock = join(folder, name);
    if (await observer.files.isReleased(lock, null)) actor.files.remove(lock);
  }
}

/** Removes the drafts of processes that were killed while they wrote one of our files. */
function clearDrafts({ observer, actor }: Machine, { family, root }: Scan): void {
  const { stateFile } = DAEMON_FILES[family];
  const ours = foldersOf(family);
  const nowMs = observer.clock.now().getTime();
  for (const folder of [dirname(stateFile), ...ours]) {
    for (const name of namesIn(observer, join(root.path, folder))) {
      const draft = parseDraftName(name);
      if (draft === null || !isAbandoned(draft, nowMs)) continue;
      // The folder of the state file has files of other programs, too.
      if (!ours.includes(folder) && draft.of !== basename(stateFile)) continue;
      actor.files.remove(join(root.path, folder, name));
    }
  }
}

function namesIn(observer: Observer, folder: string): readonly string[] {
  const names = observer.files.ours.list(folder, MOST_FILES);
  return names.ok ? (names.value ?? []) : [];
}

/**
 * Whether the daemon of a record is certainly gone. In doubt the record stays, because a daemon exits when its record
 * is removed. A missing PID alone proves nothing: the daemon may run in another PID namespace. The daemon is gone if,
 * in addition, every listener on its port is certainly another process.
 */
function isStale(
  observer: Observer,
  record: IdentityRecord,
  { family, context: { machine }, listeners }: Scan,
): boolean {
  // A record of another boot may be of another machine that shares this home, whose ports we cannot read.
  const isFromHere = (['bootId', 'networkNamespace'] as const).every(
    (part) => record[part] !== null && record[part] === machine[part],
  );
  // A scan reads the ports of one family only.
  if (!isFromHere || !listeners.ok || !isInRange(record.port, family)) return false;
  const stat = observer.processes.stat(record.pid);
  if (stat.kind === 'alive' && stat.incarnation === record.incarnation) return false;
  return listeners.value
    .filter(({ socket }) => socket.port === record.port)
    .every(({ holder }) => {
      if (holder.kind !== 'known' || !holder.process.argv.ok) return false;
      const { argv } = holder.process;
      const shape = parseSpawnShape(family, argv.value);
      return argv.value.exact && !(shape?.generation === 'own' && shape.id === record.id);
    });
}

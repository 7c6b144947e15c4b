import { join } from 'node:path';
import type { Machine, Observer } from '../machine/machine.js';
import { type Family, isInRange } from '../model/family.js';
import type { ClearedStateFile } from '../model/outcome.js';
import { isFromEarlierBoot, isRecordedElsewhere, recordNamed, trustIssueOf } from '../model/root-checks.js';
import { DAEMON_FILES, type IdentityRecord } from '../model/root.js';
import type { RootEvidence, Scan, ScanContext } from '../model/scan.js';
import { parseSpawnShape } from '../model/spawn-command.js';

/**
 * Removes a state file that provably names nobody: no socket listens on its port, and its process is gone or is no
 * daemon. Left behind, the PID in it would one day be somebody else's (pitfall 1). Call after the sweep.
 * @param readRoot reads our root as it is now
 */
export async function clearStaleStateFile(
  machine: Machine,
  family: Family,
  rootPath: string,
  readRoot: () => RootEvidence,
  context: ScanContext,
): Promise<ClearedStateFile> {
  // Whoever starts a daemon writes this file under the lock: what is read before it is held may be theirs after.
  const lock = await machine.actor.lock(join(rootPath, DAEMON_FILES[family].lock), 0);
  if (lock.kind !== 'held') return { kind: 'kept' };
  try {
    const root = readRoot();
    const { stateFile } = root;
    if (stateFile.kind !== 'read' || !isProcessOut(machine.observer, family, root, context))
      return { kind: 'kept' };
    const { port } = stateFile;
    const sockets = await machine.observer.sockets.listening((other) => other === port);
    if (!sockets.ok || sockets.value.length > 0) return { kind: 'kept' };
    const path = join(rootPath, DAEMON_FILES[family].stateFile);
    const why = machine.actor.files.remove(path);
    return why === null ? { kind: 'cleared', path, port } : { kind: 'failed', path, why };
  } finally {
    lock.release();
  }
}

/** Whether the process that the state file names, by its own line or by a record of ours, is certain to be gone. */
function isProcessOut(
  observer: Observer,
  family: Family,
  root: RootEvidence,
  { machine, uid }: ScanContext,
): boolean {
  const { recordedProcess } = root;
  if (trustIssueOf(family, root, uid) !== null || isRecordedElsewhere(root, machine)) return false;
  switch (recordedProcess.kind) {
    // The files of a home are seen in containers too, where the number is somebody else's or nobody's.
    case 'gone':
      return observer.self.seesEveryProcess();
    case 'alive':
      return observer.self.seesEveryProcess() && !recordedProcess.isDaemon;
    case 'unreadable':
      return false;
    case 'none': {
      const record = recordNamed(root);
      // Without a PID line only a record tells: an unusable one may be that of the daemon that is named.
      if (!record)
        return observer.self.seesEveryProcess() && root.records.every(({ kind }) => kind === 'read');
      if (isFromEarlierBoot(record, machine)) return true;
      const stat = observer.processes.stat(record.pid);
      return stat.kind === 'gone' || (stat.kind === 'alive' && stat.startTicks !== record.startTicks);
    }
  }
}

/**
 * Removes the identity records of daemons that are certain to be gone: who is killed cannot take back its own. A record
 * that cannot be removed does no harm, and the next command tries again.
 * @param facts read under the lock of starts, and used under it: a daemon that is being started records itself under it
 */
export function clearStaleRecords(machine: Machine, facts: Scan): void {
  const { family, root, context } = facts;
  if (trustIssueOf(family, root, context.uid) !== null) return;
  for (const file of root.records) {
    if (file.kind === 'read' && isStale(machine.observer, file.record, facts))
      machine.actor.files.remove(file.file);
  }
}

/**
 * A daemon records itself while it listens, so one that does not listen any more is gone. That its PID is nobody's says
 * nothing: in another PID namespace it is another number, and to remove the record of a live daemon is to make it leave.
 * That it is there keeps its record, whatever the one look at the listeners showed. Records of
 * an earlier start of this machine stay: they may be of another one, on whose network nobody here can look.
 */
function isStale(
  observer: Observer,
  record: IdentityRecord,
  { family, context: { machine }, listeners }: Scan,
): boolean {
  const isFromHere = (['bootId', 'networkNamespace'] as const).every(
    // What is not known equals nothing.
    (part) => record[part] !== null && record[part] === machine[part],
  );
  // On the ports of another family nobody has looked.
  if (!isFromHere || !listeners.ok || !isInRange(record.port, family)) return false;
  const stat = observer.processes.stat(record.pid);
  if (stat.kind === 'alive' && stat.startTicks === record.startTicks) return false;
  return listeners.value
    .filter(({ socket }) => socket.port === record.port)
    .every(({ holder }) => {
      if (holder.kind !== 'known' || !holder.process.argv.ok) return false;
      const { argv } = holder.process;
      const shape = parseSpawnShape(family, argv.value);
      return argv.value.exact && !(shape?.generation === 'own' && shape.id === record.id);
    });
}

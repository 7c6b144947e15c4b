import { join } from 'node:path';
import type { Observer, RootEvidence } from '../model/evidence.js';
import type { Family } from '../model/family.js';
import type { ClearedStateFile } from '../model/outcome.js';
import { isFromEarlierBoot, isRecordedElsewhere, recordNamed } from '../model/recorded-elsewhere.js';
import { DAEMON_FILES } from '../model/daemon-files.js';
import { distrustOf } from '../model/root-trust.js';
import { lockFile } from '../system/change/file-lock.js';
import { removeFile } from '../system/write/remove-file.js';
import { listListeningSockets } from '../system/observe/listening-sockets.js';
import { seesEveryProcess } from '../system/observe/machine.js';
import { readStat } from '../system/observe/process-table.js';

/**
 * Removes a state file that provably names nobody: no socket listens on its port, and its process is gone or is no
 * daemon. Left behind, the PID in it would one day be somebody else's (pitfall 1). Call after the sweep.
 * @param readRoot reads our root as it is now
 */
export async function clearStaleStateFile(
  family: Family,
  rootPath: string,
  readRoot: () => RootEvidence,
  observer: Observer,
): Promise<ClearedStateFile> {
  // Whoever starts a daemon writes this file under the lock: what is read before it is held may be theirs after.
  const lock = await lockFile(join(rootPath, DAEMON_FILES[family].lock), 0);
  if (lock.kind !== 'held') return { kind: 'kept' };
  try {
    const root = readRoot();
    const { stateFile } = root;
    if (stateFile.kind !== 'read' || !isProcessOut(family, root, observer)) return { kind: 'kept' };
    const { port } = stateFile;
    const sockets = await listListeningSockets((other) => other === port);
    if (!sockets.ok || sockets.value.length > 0) return { kind: 'kept' };
    const path = join(rootPath, DAEMON_FILES[family].stateFile);
    const why = removeFile(path);
    return why === null ? { kind: 'cleared', path, port } : { kind: 'failed', path, why };
  } finally {
    lock.release();
  }
}

/** Whether the process that the state file names, by its own line or by a record of ours, is certain to be gone. */
function isProcessOut(family: Family, root: RootEvidence, { machine, uid }: Observer): boolean {
  const { recordedProcess } = root;
  if (distrustOf(family, root, uid) !== null || isRecordedElsewhere(root, machine)) return false;
  switch (recordedProcess.kind) {
    // The files of a home are seen in containers too, where the number is somebody else's or nobody's.
    case 'gone':
      return seesEveryProcess();
    case 'alive':
      return seesEveryProcess() && !recordedProcess.isDaemon;
    case 'unreadable':
      return false;
    case 'none': {
      const record = recordNamed(root);
      // Without a PID line only a record tells: an unusable one may be that of the daemon that is named.
      if (!record) return seesEveryProcess() && root.records.every(({ kind }) => kind === 'read');
      if (isFromEarlierBoot(record, machine)) return true;
      const stat = readStat(record.pid);
      return stat.kind === 'gone' || (stat.kind === 'alive' && stat.startTicks !== record.startTicks);
    }
  }
}

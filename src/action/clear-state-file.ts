import { join } from 'node:path';
import type { Observer, RootEvidence } from '../model/evidence.js';
import type { ClearedStateFile } from '../model/outcome.js';
import { isRecordedElsewhere } from '../model/recorded-elsewhere.js';
import { ROOT_FILES } from '../model/root-files.js';
import { lockFile } from '../system/change/file-lock.js';
import { removeFile } from '../system/write/remove-file.js';
import { listListeningSockets } from '../system/observe/listening-sockets.js';

/**
 * Removes a state file that provably names nobody: no socket listens on its port, and its process is gone or is no
 * daemon. Left behind, the PID in it would one day be somebody else's (pitfall 1). Call after the sweep, with the root
 * read anew.
 */
export async function clearStaleStateFile(root: RootEvidence, observer: Observer): Promise<ClearedStateFile> {
  const { stateFile } = root;
  if (stateFile.kind !== 'read' || isRecordedElsewhere(root, observer.machine)) return { kind: 'kept' };
  const { recordedProcess } = root;
  const processIsOut =
    recordedProcess.kind === 'none' ||
    recordedProcess.kind === 'gone' ||
    (recordedProcess.kind === 'alive' && !recordedProcess.isDaemon);
  const sockets = await listListeningSockets((port) => port === stateFile.port);
  if (!processIsOut || !sockets.ok || sockets.value.length > 0) return { kind: 'kept' };
  // Whoever starts a daemon now is about to write this file: then it is theirs.
  const lock = await lockFile(join(root.path, ROOT_FILES.lock), 0);
  if (lock.kind !== 'held') return { kind: 'kept' };
  const path = join(root.path, ROOT_FILES.stateFile);
  const why = removeFile(path);
  lock.release();
  return why === null ? { kind: 'cleared', path, port: stateFile.port } : { kind: 'failed', path, why };
}

import { join } from 'node:path';
import type { RecordedProcess, RootEvidence } from '../../model/evidence.js';
import type { StateFile } from '../../model/files.js';
import { DAEMON_FILES } from '../../model/daemon-files.js';
import type { Family } from '../../model/family.js';
import { parseSpawnShape } from '../../model/spawn-shape.js';
import { type ProcessReading, readProcess } from '../../system/observe/process-table.js';
import { ourTree, type Tree } from '../../system/observe/tree.js';
import { readRecords } from './identity-records.js';
import { readOwnerRecord } from './owner-record.js';
import { readStateFile } from './state-file.js';

/**
 * Reads what a root says about the daemons of one family.
 * @param path absolute, as it is called in `tree`
 * @param challenge the nonce of this scan, from which each record's expected proof is computed
 * @param lookAtProcess how the PID that the state file names is looked at
 */
export function readRoot(
  family: Family,
  path: string,
  tree: Tree,
  challenge: string,
  lookAtProcess: (pid: number) => ProcessReading = readProcess,
): RootEvidence {
  const directory = tree.identify(path);
  const place = { path, inOurTree: tree === ourTree, directory };
  // Where it is not there, neither is anything in it.
  if (directory.kind === 'missing') return { ...place, ...NOTHING };
  const files = DAEMON_FILES[family];
  const stateFile = readStateFile(join(path, files.stateFile), tree);
  return {
    ...place,
    stateFile,
    recordedProcess: lookAtRecorded(family, stateFile, lookAtProcess),
    ownerRecord:
      files.ownerRecord === null ? { kind: 'absent' } : readOwnerRecord(join(path, files.ownerRecord), tree),
    records: readRecords(join(path, files.identityFolder), namedBy(stateFile), tree, challenge),
  };
}

const NOTHING = {
  stateFile: { kind: 'absent' },
  recordedProcess: { kind: 'none' },
  ownerRecord: { kind: 'absent' },
  records: [],
} as const;

function namedBy(stateFile: StateFile): string | null {
  return stateFile.kind === 'read' ? stateFile.key : null;
}

export type RootReader = (path: string, tree: Tree) => RootEvidence;

/** Reads roots for one scan, each of our own tree once: the daemons of one incident have the same. */
export function rootReader(family: Family, challenge: string): RootReader {
  const ours = new Map<string, RootEvidence>();
  return (path, tree) => {
    const root = ours.get(path);
    if (root && tree === ourTree) return root;
    const evidence = readRoot(family, path, tree, challenge);
    if (tree === ourTree) ours.set(path, evidence);
    return evidence;
  };
}

/** The recorded PID is looked at by its number: cheap, and it may be the launcher of the real listener. */
function lookAtRecorded(
  family: Family,
  stateFile: StateFile,
  lookAtProcess: (pid: number) => ProcessReading,
): RecordedProcess {
  if (stateFile.kind !== 'read' || stateFile.pid === null) return { kind: 'none' };
  const { pid } = stateFile;
  const reading = lookAtProcess(pid);
  switch (reading.kind) {
    case 'gone':
      return { kind: 'gone', pid };
    case 'unreadable':
      return { kind: 'unreadable', pid, why: reading.why };
    case 'alive': {
      const { argv, parentPid } = reading.process;
      return {
        kind: 'alive',
        pid,
        parentPid,
        isDaemon: argv.ok && parseSpawnShape(family, argv.value) !== null,
      };
    }
  }
}

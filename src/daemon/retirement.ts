import type { Observer } from '../machine/machine.js';
import type { DirectoryResult } from '../model/evidence.js';
import type { Retirement } from '../model/journal.js';
import { mayRunElsewhere } from '../model/root-checks.js';
import type { RootEvidence } from '../model/scan.js';
import { readRootNow, type IdentifiedScan } from '../examine.js';
import type { OwnIdentity } from './identity-record.js';
import { inertName } from '../text/terminal.js';

/** Scans the listeners of this root. Called only when the state file names another daemon. */
export type ScanOwnListeners = () => Promise<IdentifiedScan>;

/**
 * Decides whether this daemon is no longer the recorded singleton of its root (FR-010). Only certain evidence is a
 * reason to retire. An unreadable state file is no reason, and neither is a state file that names a daemon which is
 * neither proven nor ruled out.
 * @param rootAtStart the root directory when this daemon started, to detect that it was replaced
 * @returns the reason to retire, or null
 */
export async function retirementReason(
  observer: Observer,
  identity: OwnIdentity,
  rootAtStart: DirectoryResult,
  scanOwnListeners: ScanOwnListeners,
): Promise<Retirement | null> {
  const root = readRootNow(observer, identity.family, identity.root);
  if (isReplaced(root.directory, rootAtStart))
    return { reason: 'root_gone', detail: `${inertName(identity.root)} is no longer the directory it was` };
  if (root.directory.kind !== 'directory') return null;
  if (!hasRecord(root, identity)) return { reason: 'record_gone', detail: 'its identity record was removed' };
  const { stateFile } = root;
  if (stateFile.kind === 'absent') return { reason: 'record_gone', detail: 'the state file was removed' };
  if (stateFile.kind !== 'read' || isRecorded(root, identity)) return null;
  return reasonFromOtherDaemon(await scanOwnListeners(), stateFile.port);
}

/** Whether the state file of a root names this daemon. */
export function isRecorded({ stateFile }: RootEvidence, { id, port }: OwnIdentity): boolean {
  return stateFile.kind === 'read' && stateFile.key === id && stateFile.port === port;
}

/**
 * Whether the directory is missing or was replaced since the start (another device or inode). An unreadable directory
 * counts as unchanged.
 */
function isReplaced(now: DirectoryResult, atStart: DirectoryResult): boolean {
  if (now.kind === 'missing') return true;
  if (now.kind !== 'directory' || atStart.kind !== 'directory') return false;
  return now.device !== atStart.device || now.inode !== atStart.inode;
}

/** Whether the identity record of this daemon exists. True if any record is unusable: it may be that of this daemon. */
function hasRecord({ records }: RootEvidence, { id }: OwnIdentity): boolean {
  return records.some((file) => file.kind === 'unusable' || file.record.id === id);
}

/**
 * Returns the reason to retire if the state file names another daemon: that daemon is proven, or nothing listens on the
 * port in the state file. Else null.
 */
function reasonFromOtherDaemon({ candidates, scan }: IdentifiedScan, port: number): Retirement | null {
  const recorded = candidates.find(({ facts: { recorded_singleton: value } }) => value === 'yes');
  if (recorded) {
    const isProven = recorded.facts.responder === scan.family && recorded.facts.self_report === 'matches';
    const detail = `PID ${String(recorded.identity.pid)} on port ${recorded.identity.port} is recorded instead`;
    return isProven ? { reason: 'superseded', detail } : null;
  }
  if (mayRunElsewhere(scan.root, scan.context)) return null;
  const isUnused = scan.listeners.ok && candidates.every(({ identity }) => identity.port !== port);
  const detail = `the state file names port ${port}, where no process listens`;
  return isUnused ? { reason: 'record_gone', detail } : null;
}

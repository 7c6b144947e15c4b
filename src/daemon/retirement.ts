import type { Observer } from '../machine/machine.js';
import type { DirectoryResult } from '../model/evidence.js';
import type { Retirement } from '../model/journal.js';
import type { RootEvidence } from '../model/scan.js';
import { readRootNow, type IdentifiedScan } from '../examine.js';
import type { OwnIdentity } from './identity-record.js';

/** Who else the state file may name: looked for only when it does not name us. */
export type ScanOwnListeners = () => Promise<IdentifiedScan>;

/**
 * Whether this daemon is still the one that its root wants (FR-010). Only what is certain makes it leave: a state file
 * that cannot be read, or that names somebody who can be neither proven nor ruled out, changes nothing.
 * @param rootAtStart the directory that it was started for; another one in its place is not it
 */
export async function retirementReason(
  observer: Observer,
  identity: OwnIdentity,
  rootAtStart: DirectoryResult,
  lookAround: ScanOwnListeners,
): Promise<Retirement | null> {
  const root = readRootNow(observer, identity.family, identity.root);
  if (isAnother(root.directory, rootAtStart))
    return { reason: 'root_gone', detail: `${identity.root} is no longer the directory it was` };
  if (root.directory.kind !== 'directory') return null;
  if (!hasRecord(root, identity)) return { reason: 'record_gone', detail: 'its identity record was removed' };
  const { stateFile } = root;
  if (stateFile.kind === 'absent') return { reason: 'record_gone', detail: 'the state file was removed' };
  if (stateFile.kind !== 'read' || names(root, identity)) return null;
  return whoInstead(await lookAround(), stateFile.port);
}

/** Whether the state file of a root names this daemon. */
export function names({ stateFile }: RootEvidence, { id, port }: OwnIdentity): boolean {
  return stateFile.kind === 'read' && stateFile.key === id && stateFile.port === port;
}

/** Unreadable is not gone. */
function isAnother(now: DirectoryResult, atStart: DirectoryResult): boolean {
  if (now.kind === 'missing') return true;
  if (now.kind !== 'directory' || atStart.kind !== 'directory') return false;
  return now.device !== atStart.device || now.inode !== atStart.inode;
}

/** A folder of records that cannot be read does not show that ours is gone. */
function hasRecord({ records }: RootEvidence, { id }: OwnIdentity): boolean {
  return records.some((file) => file.kind === 'unusable' || file.record.id === id);
}

function whoInstead({ candidates, scan }: IdentifiedScan, port: number): Retirement | null {
  const recorded = candidates.find(({ facts: { recorded_singleton: value } }) => value === 'yes');
  if (recorded) {
    const isProven = recorded.facts.responder === scan.family && recorded.facts.self_report === 'matches';
    const detail = `PID ${String(recorded.identity.pid)} on port ${recorded.identity.port} is recorded instead`;
    return isProven ? { reason: 'superseded', detail } : null;
  }
  const isNobody = scan.listeners.ok && candidates.every(({ identity }) => identity.port !== port);
  const detail = `the state file names port ${port}, where nobody listens`;
  return isNobody ? { reason: 'record_gone', detail } : null;
}

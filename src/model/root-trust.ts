import type { RootEvidence } from './evidence.js';
import type { Access } from './files.js';
import { DAEMON_FILES } from './daemon-files.js';
import type { Family } from './family.js';

/** Others than its user could have written what a root says of its daemons. */
export interface Distrust {
  readonly path: string;
  readonly because: 'belongs_to_another' | 'others_can_write';
  /** What is wrong with the path, in words that follow its name. */
  readonly why: string;
}

/**
 * Why a root does not prove who is recorded in it, or null. Asked of the folder, where the state file can be exchanged,
 * and of the file. Root may write anywhere; a group with its user's own number is that user's private one, which many
 * systems let write by default.
 * @param uid whose daemons it is to speak of; below 0 the system has no such numbers
 */
export function distrustOf(
  family: Family,
  { path, directory, stateFile }: RootEvidence,
  uid: number,
): Distrust | null {
  if (uid < 0) return null;
  const folder = directory.kind === 'directory' ? distrust(path, directory.access, uid) : null;
  if (folder) return folder;
  return stateFile.kind === 'read'
    ? distrust(`${path}/${DAEMON_FILES[family].stateFile}`, stateFile.access, uid)
    : null;
}

function distrust(path: string, { owner, group, mode }: Access, uid: number): Distrust | null {
  if (owner !== uid && owner !== 0) {
    return { path, because: 'belongs_to_another', why: `belongs to user ${owner}` };
  }
  const others =
    mode & 0o002 ? 'everybody' : (mode & 0o020) !== 0 && group !== owner ? `group ${group}` : null;
  return others === null ? null : { path, because: 'others_can_write', why: `can be written by ${others}` };
}

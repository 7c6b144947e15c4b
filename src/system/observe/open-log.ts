import { readlinkSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { type Reading, read, unread } from '../../model/evidence.js';
import { isHiddenByMount } from './hidden-by-mount.js';
import { errorCode } from './system-error.js';

/** A log that a process has open, by the name that the kernel has for it now. */
export interface OpenLog {
  /** The folder that it lies in, or lay in when it was deleted; renames of the folder are followed. */
  readonly folder: string;
  readonly isDeleted: boolean;
  /** A mount lies over it: what is under its path now is something else. */
  readonly isHidden: boolean;
}

/**
 * Reads where the log is that a process writes its standard output to. Reads the link only, which touches no file
 * system. The path is one of our own tree only where the process shares it.
 * @param name the file name that the log must have
 */
export function readOpenLog(pid: number, name: string): Reading<OpenLog> {
  let target: string;
  try {
    target = readlinkSync(`/proc/${pid}/fd/1`);
  } catch (error) {
    return unread(`its standard output cannot be read: ${errorCode(error)}`);
  }
  const isDeleted = target.endsWith(DELETED);
  const path = isDeleted ? target.slice(0, -DELETED.length) : target;
  if (!path.startsWith('/') || basename(path) !== name || path.includes('\uFFFD'))
    return unread(`its standard output is not ${name}`);
  try {
    return read({ folder: dirname(path), isDeleted, isHidden: isHiddenByMount(pid, 1, path) });
  } catch (error) {
    return unread(`what its standard output was opened through cannot be read: ${errorCode(error)}`);
  }
}

/** The kernel adds this to the name of a file that was unlinked (proc_pid_fd(5)). */
const DELETED = ' (deleted)';

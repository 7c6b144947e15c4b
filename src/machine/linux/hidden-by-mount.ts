import { closeSync, openSync } from 'node:fs';
import { readKernelFile } from './kernel-file.js';
import { MAX_MOUNTINFO_BYTES, unescape } from './mounts.js';

/**
 * Whether the path of a file that a process has open leads us to a different file. That is so if a mount covers the
 * path, or if the mount through which the file was opened is unmounted. The check compares mount ids from `/proc`. It
 * opens no folder below `/` on the path, because a remote file system may not answer.
 * @param path the file's path as `/proc/<pid>/fd` shows it, valid in our file system tree
 * @throws the system's error, or an error if `/proc` does not show the mounts
 */
export function isHiddenByMount(pid: number, descriptor: number, path: string): boolean {
  let id = mountOfRoot();
  const covering = readCoveringMounts();
  for (let at = path.indexOf('/', 1); ; at = path.indexOf('/', at + 1)) {
    const point = at < 0 ? path : path.slice(0, at);
    const key = (): string => `${id} ${point}`;
    for (let next = covering.get(key()); next !== undefined; next = covering.get(key())) id = next;
    if (at < 0) return id !== mountIdOf(pid, descriptor);
  }
}

function mountOfRoot(): string {
  const root = openSync('/', 'r');
  try {
    return mountIdOf('self', root);
  } finally {
    closeSync(root);
  }
}

/**
 * Reads our mounts (proc_pid_mountinfo(5)) as a map from `<parent mount id> <mount point>` to the id of the mount
 * there. The last of several mounts at one point covers the others.
 */
function readCoveringMounts(): ReadonlyMap<string, string> {
  const text = readKernelFile('/proc/self/mountinfo', MAX_MOUNTINFO_BYTES)?.toString('utf8') ?? null;
  if (text === null) throw new Error('too many mounts');
  const covering = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [id = '', parent = '', , , point = ''] = line.split(' ', 5);
    if (id !== parent) covering.set(`${parent} ${unescape(point)}`, id);
  }
  return covering;
}

/** Reads the id of the mount through which a descriptor was opened (proc_pid_fdinfo(5)). */
function mountIdOf(pid: number | 'self', descriptor: number): string {
  const text = readKernelFile(`/proc/${pid}/fdinfo/${descriptor}`, LONGEST_FDINFO)?.toString('utf8');
  const id = /^mnt_id:\s*(\d+)$/m.exec(text ?? '')?.[1];
  if (id === undefined) throw new Error('no mnt_id');
  return id;
}

const LONGEST_FDINFO = 64 * 1024;

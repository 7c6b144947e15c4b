import { closeSync, openSync } from 'node:fs';
import { readKernelFile } from './kernel-file.js';
import { MAX_MOUNTINFO_BYTES, unescape } from './mounts.js';

/**
 * Whether the path of a file that a process has open leads us to another file: a mount covers the path, or the mount it
 * was opened through is unmounted. It compares mount ids from `/proc` and touches no file system on the way, because
 * one may not answer.
 * @param path the file's path as `/proc/<pid>/fd` shows it, valid in our file system tree
 * @throws the system's error, or an error when `/proc` does not show the mounts
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
 * `<parent mount id> <mount point>` -> id of the mount there (proc_pid_mountinfo(5)). The last of several covers the
 * others.
 */
function readCoveringMounts(): ReadonlyMap<string, string> {
  const text = readKernelFile('/proc/self/mountinfo', MAX_MOUNTINFO_BYTES);
  if (text === null) throw new Error('too many mounts');
  const covering = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [id = '', parent = '', , , point = ''] = line.split(' ', 5);
    if (id !== parent) covering.set(`${parent} ${unescape(point)}`, id);
  }
  return covering;
}

/** Id of the mount that a descriptor was opened through (proc_pid_fdinfo(5)). */
function mountIdOf(pid: number | 'self', descriptor: number): string {
  const text = readKernelFile(`/proc/${pid}/fdinfo/${descriptor}`, LONGEST_FDINFO);
  const id = /^mnt_id:\s*(\d+)$/m.exec(text ?? '')?.[1];
  if (id === undefined) throw new Error('no mnt_id');
  return id;
}

const LONGEST_FDINFO = 64 * 1024;

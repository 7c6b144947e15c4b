import { closeSync, openSync } from 'node:fs';
import { readKernelFile } from './kernel-file.js';
import { LONGEST_MOUNTINFO, unescape } from './mounts.js';

/**
 * Whether what a process has open is hidden from us: another mount lies over the path that the kernel has for it, or
 * the one that it was opened through is unmounted. Touches no file system but the root's.
 * @param path as the kernel has it, without links; it means the same to the process and to us
 * @throws what `open(2)` and `read(2)` fail with, or where it cannot be told
 */
export function isHiddenByMount(pid: number, descriptor: number, path: string): boolean {
  let id = mountOfRoot();
  const covers = readCovers();
  for (let at = path.indexOf('/', 1); ; at = path.indexOf('/', at + 1)) {
    const point = at < 0 ? path : path.slice(0, at);
    for (let next = covers.get(`${id} ${point}`); next !== undefined; next = covers.get(`${id} ${point}`)) {
      id = next;
    }
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

/** Which mount lies on a point of another one (proc_pid_mountinfo(5)); of several, the last. */
function readCovers(): ReadonlyMap<string, string> {
  const text = readKernelFile('/proc/self/mountinfo', LONGEST_MOUNTINFO);
  if (text === null) throw new Error('too many mounts');
  const covers = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [id = '', parent = '', , , point = ''] = line.split(' ', 5);
    if (id !== parent) covers.set(`${parent} ${unescape(point)}`, id);
  }
  return covers;
}

/** The mount that a descriptor was opened through (proc_pid_fdinfo(5)). */
function mountIdOf(pid: number | 'self', descriptor: number): string {
  const text = readKernelFile(`/proc/${pid}/fdinfo/${descriptor}`, LONGEST_FDINFO);
  const id = /^mnt_id:\s*(\d+)$/m.exec(text ?? '')?.[1];
  if (id === undefined) throw new Error('no mnt_id');
  return id;
}

const LONGEST_FDINFO = 64 * 1024;

import { readlinkSync } from 'node:fs';
import type { DirectoryResult } from '../../model/evidence.js';
import { readKernelFile } from './kernel-file.js';

/** A mounted file system, from `/proc/<pid>/mountinfo`. */
interface Mount {
  /** Computes the file system's `st_dev`, in decimal. */
  readonly device: () => string;
  readonly type: string;
  readonly source: string;
}

/**
 * Finds the first remote file system on the way to a path: a file system that another machine (NFS) or program (FUSE)
 * serves. If the server is gone, any access waits for ever, and no deadline can end the wait. So this function follows
 * the path through the mount table and reads only links on local file systems.
 * @param pid the process whose tree the path is in; null for our own tree
 * @param touched a directory that was read before; its file system has answered, so it does not count as remote
 * @returns the type of the file system (`nfs4`), or a text that begins with `unknown` if the mounts or the path are too
 *   long; null if there is no remote file system or the mounts cannot be read
 */
export function remoteFileSystemOn(
  path: string,
  pid: number | null,
  touched: DirectoryResult,
): string | null {
  const mounts = readMounts(pid);
  if (mounts === 'too_long') return 'unknown: there are too many mounts';
  const answeringDevice = touched.kind === 'directory' ? touched.device : null;
  const tree = pid === null ? '' : `/proc/${pid}/root`;
  const mayNeverAnswer = (mount: Mount | null): mount is Mount =>
    mount !== null && isRemote(mount) && mount.device() !== answeringDevice;
  const top: WalkedFolder = { path: '', mount: mounts.get('/') ?? null };
  if (mayNeverAnswer(top.mount)) return top.mount.type;
  // The folders from `/` to the current position of the walk.
  let reached = [top];
  /** Components still to be walked, the next one last. */
  const ahead = componentsOf(path).reverse();
  for (let links = 0, steps = 0; links <= MOST_LINKS;) {
    const name = ahead.pop();
    if (name === undefined) return null;
    if (++steps > MOST_STEPS) return 'unknown: the path has too many folders and links';
    if (name === '..') {
      if (reached.length > 1) reached.pop();
      continue;
    }
    const here = reached.at(-1) ?? top;
    const next = `${here.path}/${name}`;
    const mount = mounts.get(next) ?? here.mount;
    if (mayNeverAnswer(mount)) return mount.type;
    const target = readLink(tree + next);
    if (target === null) {
      reached.push({ path: next, mount });
    } else {
      links++;
      if (target.startsWith('/')) reached = [top];
      ahead.push(...componentsOf(target).reverse());
    }
  }
  // The path has more links than the kernel follows, so an access to the path fails (ELOOP).
  return null;
}

interface WalkedFolder {
  readonly path: string;
  readonly mount: Mount | null;
}

const MOST_LINKS = 40;
/** Limit for the walked components, including those of links: far more than real paths have. */
const MOST_STEPS = 1024;

function componentsOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

function readLink(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    // The path is no link or does not exist.
    return null;
  }
}

/** Limit for a mount table, in bytes: about 10,000 mounts. */
export const MAX_MOUNTINFO_BYTES = 2 * 1024 * 1024;

/** Reads the mounts that a process sees, by mount point. The last of several mounts on one point hides the others. */
function readMounts(pid: number | null): ReadonlyMap<string, Mount> | 'too_long' {
  try {
    const bytes = readKernelFile(`/proc/${pid ?? 'self'}/mountinfo`, MAX_MOUNTINFO_BYTES);
    return bytes === null ? 'too_long' : new Map(bytes.toString('utf8').split('\n').flatMap(parse));
  } catch {
    // The system is not Linux, or the mounts cannot be read. Every path then counts as local.
    return new Map();
  }
}

/**
 * Reads the options of the file system that is mounted on a folder, such as `rw,hidepid=2`; null if they cannot be read.
 * Options of the mount itself (`noexec`) are not among them.
 */
export function optionsOfMount(folder: string): string | null {
  try {
    const bytes = readKernelFile('/proc/self/mountinfo', MAX_MOUNTINFO_BYTES);
    const lines = bytes === null ? [] : bytes.toString('utf8').split('\n');
    const last = lines.findLast((line) => line.split(' ')[4] === folder);
    return last?.split(' - ')[1]?.split(' ')[2] ?? null;
  } catch {
    return null;
  }
}

/** Parses a line such as `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw` (proc_pid_mountinfo(5)). */
function parse(line: string): [string, Mount][] {
  const [left = '', right = ''] = line.split(' - ');
  const [, , device = '', , point = ''] = left.split(' ');
  const [type = '', source = ''] = right.split(' ');
  const [, major, minor] = /^(\d{1,10}):(\d{1,10})$/.exec(device) ?? [];
  if (major === undefined || minor === undefined) return [];
  const number = (): string => String(makeDevice(BigInt(major), BigInt(minor)));
  return [[unescape(point), { device: number, type, source }]];
}

/** Computes a device number as makedev(3) does. */
function makeDevice(major: bigint, minor: bigint): bigint {
  return (
    ((major & 0xfffff000n) << 32n) |
    ((major & 0xfffn) << 8n) |
    ((minor & 0xffffff00n) << 12n) |
    (minor & 0xffn)
  );
}

export function unescape(point: string): string {
  return point.replace(/\\([0-7]{3})/g, (_whole, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/**
 * Whether a file system is remote, by the rule of df(1). A file system that a user's program serves (FUSE) counts as
 * remote, too.
 */
function isRemote({ type, source }: Mount): boolean {
  return source.includes(':') || source.startsWith('//') || REMOTE.test(type);
}

const REMOTE =
  /^(?:fuse|fuse\..*|autofs|nfs4?|cifs|smb3|9p|virtiofs|ceph|lustre|beegfs|gpfs|afs|auristorfs|coda|ocfs2)$/;

import { readlinkSync } from 'node:fs';
import type { DirectoryResult } from '../../model/evidence.js';
import { readKernelFile } from './kernel-file.js';

/** A mounted file system, as `/proc/<pid>/mountinfo` has it. */
interface Mount {
  /** As in `st_dev`. */
  readonly device: () => string;
  readonly type: string;
  readonly source: string;
}

/**
 * The first file system on the way to a path that another machine or another program answers for. It may be gone, and
 * whoever touches the path then waits without end, out of reach of any deadline: this looks only at what leads there.
 * The work is proportional to the number of mounts, and to that of the components and links on the way.
 * @param pid in whose tree; null for our own
 * @param touched a directory that was read already: what it lies on answers
 * @returns its type (`nfs4`), or null where there is none, or nothing is known of mounts
 */
export function remoteFileSystemOn(
  path: string,
  pid: number | null,
  touched: DirectoryResult,
): string | null {
  const mounts = readMounts(pid);
  if (mounts === 'too_long') return 'one of too many mounts to be told apart';
  const answers = touched.kind === 'directory' ? touched.device : null;
  const tree = pid === null ? '' : `/proc/${pid}/root`;
  const mayNeverAnswer = (mount: Mount | null): mount is Mount =>
    mount !== null && isRemote(mount) && mount.device() !== answers;
  const top: Place = { path: '', mount: mounts.get('/') ?? null };
  if (mayNeverAnswer(top.mount)) return top.mount.type;
  // Where the walk is, and above it each folder that leads there.
  let reached = [top];
  /** Components that are still to be walked, the next one last. */
  const ahead = componentsOf(path).reverse();
  for (let links = 0, steps = 0; links <= MOST_LINKS;) {
    const name = ahead.pop();
    if (name === undefined) return null;
    if (++steps > MOST_STEPS) return 'one behind too many folders and links';
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
  // The kernel goes no further either.
  return null;
}

interface Place {
  readonly path: string;
  /** What it lies on. */
  readonly mount: Mount | null;
}

const MOST_LINKS = 40;
/** More than any path of a person has, links and all. */
const MOST_STEPS = 1024;

function componentsOf(path: string): string[] {
  return path.split('/').filter((name) => name !== '' && name !== '.');
}

function readLink(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    // No link, or nothing there.
    return null;
  }
}

/** Some 10,000 mounts. */
export const LONGEST_MOUNTINFO = 2 * 1024 * 1024;

/** The mounts by their mount points. Of several on one point, the last one hides the others. */
function readMounts(pid: number | null): ReadonlyMap<string, Mount> | 'too_long' {
  try {
    const text = readKernelFile(`/proc/${pid ?? 'self'}/mountinfo`, LONGEST_MOUNTINFO);
    return text === null ? 'too_long' : new Map(text.split('\n').flatMap(parse));
  } catch {
    // Not Linux, or not for us to read: then a path is read as if all were ours.
    return new Map();
  }
}

/** `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw` (proc_pid_mountinfo(5)) */
function parse(line: string): [string, Mount][] {
  const [left = '', right = ''] = line.split(' - ');
  const [, , device = '', , point = ''] = left.split(' ');
  const [type = '', source = ''] = right.split(' ');
  const [, major, minor] = /^(\d{1,10}):(\d{1,10})$/.exec(device) ?? [];
  if (major === undefined || minor === undefined) return [];
  const number = (): string => String(makeDevice(BigInt(major), BigInt(minor)));
  return [[unescape(point), { device: number, type, source }]];
}

/** As makedev(3). */
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

/** As df(1) tells what is local, and what a program of a user answers for. */
function isRemote({ type, source }: Mount): boolean {
  return source.includes(':') || source.startsWith('//') || REMOTE.test(type);
}

const REMOTE =
  /^(?:fuse|fuse\..*|autofs|nfs4?|cifs|smb3|9p|virtiofs|ceph|lustre|beegfs|gpfs|afs|auristorfs|coda|ocfs2)$/;

import { readFileSync, readlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { DirectoryReading } from '../../model/evidence.js';

/** A mounted file system, as `/proc/<pid>/mountinfo` has it. */
interface Mount {
  readonly point: string;
  /** As in `st_dev`. */
  readonly device: string;
  readonly type: string;
  readonly source: string;
}

/**
 * The first file system on the way to a path that another machine or another program answers for. It may be gone, and
 * whoever touches the path then waits without end, out of reach of any deadline: this looks only at what leads there.
 * @param pid in whose tree; null for our own
 * @param touched a directory that was read already: what it lies on answers
 * @returns its type (`nfs4`), or null where there is none, or nothing is known of mounts
 */
export function remoteOnTheWay(path: string, pid: number | null, touched: DirectoryReading): string | null {
  const mounts = readMounts(pid);
  const answers = touched.kind === 'directory' ? touched.device : null;
  const tree = pid === null ? '' : `/proc/${pid}/root`;
  const ahead = path.split('/');
  let reached = '/';
  for (let links = 0; links <= MOST_LINKS;) {
    const name = ahead.shift();
    if (name === undefined) return null;
    const next = name === '..' ? dirname(reached) : join(reached, name);
    const mount = mountOf(next, mounts);
    if (mount && isRemote(mount) && mount.device !== answers) return mount.type;
    const target = readLink(tree + next);
    if (target === null) {
      reached = next;
    } else {
      links++;
      if (target.startsWith('/')) reached = '/';
      ahead.unshift(...target.split('/'));
    }
  }
  // The kernel goes no further either.
  return null;
}

const MOST_LINKS = 40;

function readLink(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    // No link, or nothing there.
    return null;
  }
}

function readMounts(pid: number | null): readonly Mount[] {
  try {
    return readFileSync(`/proc/${pid ?? 'self'}/mountinfo`, 'utf8')
      .split('\n')
      .flatMap(parse);
  } catch {
    // Not Linux, or not for us to read: then a path is read as if all were ours.
    return [];
  }
}

/** `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw` (proc_pid_mountinfo(5)) */
function parse(line: string): Mount[] {
  const [left = '', right = ''] = line.split(' - ');
  const [, , device = '', , point = ''] = left.split(' ');
  const [type = '', source = ''] = right.split(' ');
  const [major, minor] = device.split(':').map(BigInt);
  if (major === undefined || minor === undefined) return [];
  return [{ point: unescape(point), device: String(makeDevice(major, minor)), type, source }];
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

function unescape(point: string): string {
  return point.replace(/\\([0-7]{3})/g, (_whole, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** Of several on one point, the last one hides the others. */
function mountOf(path: string, mounts: readonly Mount[]): Mount | null {
  let found: Mount | null = null;
  for (const mount of mounts) {
    const isOnTheWay = path === mount.point || path.startsWith(mount.point === '/' ? '/' : `${mount.point}/`);
    if (isOnTheWay && mount.point.length >= (found?.point.length ?? 0)) found = mount;
  }
  return found;
}

/** As df(1) tells what is local, and what a program of a user answers for. */
function isRemote({ type, source }: Mount): boolean {
  return source.includes(':') || source.startsWith('//') || REMOTE.test(type);
}

const REMOTE =
  /^(?:fuse|fuse\..*|autofs|nfs4?|cifs|smb3|9p|virtiofs|ceph|lustre|beegfs|gpfs|afs|auristorfs|coda|ocfs2)$/;

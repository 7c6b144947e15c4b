import { isUtf8 } from 'node:buffer';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  fstatSync,
  lstatSync,
  opendirSync,
  openSync,
  readlinkSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import {
  type Access,
  type DirectoryResult,
  type FileEnd,
  type FileResult,
  NOT_A_DIRECTORY,
  NOT_A_FILE,
  NOT_UTF8_PATH,
  type PathStatus,
  type PathUse,
  type Tree,
} from '../model/evidence.js';
import { pathLimitViolation } from '../model/path-limits.js';
import { err, ok, type Result } from '../model/result.js';
import { errorCode, isGone } from '../model/system-error.js';

/**
 * Reads a small regular file of at most `limit` bytes. A directory, FIFO or device is reported as `unreadable`. The
 * call never waits for the writer of a FIFO.
 * @param followLinks false for a path through another process's root, where a link would lead out of that root
 */
export function readBoundedFile(path: string, limit: number, followLinks = true): FileResult {
  return withRegularFile(path, followLinks, (descriptor, status) => {
    const bytes = readBytes(descriptor, status.size, limit + 1);
    if (bytes.length > limit) return { kind: 'too_big', limit };
    return { kind: 'read', text: bytes.toString('utf8'), ...accessOf(status) };
  });
}

/** Reads the end of a regular file of any size: the whole lines in its last `limit` bytes. */
export function readFileEnd(path: string, limit: number): FileEnd {
  return withRegularFile(path, true, (descriptor, { size }) => {
    const start = Math.max(0, size - limit);
    const text = readFrom(descriptor, limit, start).toString('utf8');
    return { kind: 'read', text: start === 0 ? text : text.slice(text.indexOf('\n') + 1) };
  });
}

type NotOpened = { readonly kind: 'absent' } | { readonly kind: 'unreadable'; readonly why: string };

function withRegularFile<T>(
  path: string,
  followLinks: boolean,
  read: (descriptor: number, status: Stats) => T,
): T | NotOpened {
  const noFollow = followLinks ? 0 : constants.O_NOFOLLOW;
  const look = followLinks ? statSync : lstatSync;
  let descriptor: number;
  try {
    // Most of the files do not exist, and an exception from `openSync` would cost more than this status call.
    const status = look(path, { throwIfNoEntry: false });
    if (!status) return { kind: 'absent' };
    // A device is not opened, because opening it can have an effect.
    if (!status.isFile()) return { kind: 'unreadable', why: NOT_A_FILE };
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | noFollow);
  } catch (error) {
    return isGone(error) ? { kind: 'absent' } : { kind: 'unreadable', why: errorCode(error) };
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) return { kind: 'unreadable', why: NOT_A_FILE };
    return read(descriptor, status);
  } catch (error) {
    return { kind: 'unreadable', why: errorCode(error) };
  } finally {
    closeSync(descriptor);
  }
}

function accessOf({ uid, gid, mode }: AccessFields): Access {
  return { owner: Number(uid), group: Number(gid), mode: Number(mode) & 0o7777 };
}

type AccessFields = Readonly<Record<'uid' | 'gid' | 'mode', number | bigint>>;

/**
 * Reads to the end of the file, at most `most` bytes. The first buffer has the file's size plus one byte; if that byte
 * is filled, the file has grown or reports no size (`/proc`), so the file is read again with a buffer of `most` bytes.
 */
function readBytes(descriptor: number, size: number, most: number): Buffer {
  const bytes = readFrom(descriptor, Math.min(size + 1, most));
  return bytes.length <= size ? bytes : readFrom(descriptor, most);
}

function readFrom(descriptor: number, most: number, start = 0): Buffer {
  const buffer = Buffer.allocUnsafe(most);
  let length = 0;
  while (length < buffer.length) {
    const count = readSync(descriptor, buffer, length, buffer.length - length, start + length);
    if (count === 0) break;
    length += count;
  }
  return buffer.subarray(0, length);
}

/** Our own file system tree. Links are followed. */
export const ourTree: Tree = {
  identify: (path) => identify(() => statSync(path, { bigint: true })),
  readFile: (path, limit) => readBoundedFile(path, limit),
  locate: ok,
  list,
};

/**
 * Returns the file system tree of another process, read through `/proc/<pid>/root`. Every folder in a path must be a
 * real directory, because an absolute link would be resolved in our own tree (pitfall 15).
 */
export function treeOf(pid: number): Tree {
  const prefix = `/proc/${pid}/root`;
  const identifyDirectory = (path: string): DirectoryResult =>
    identify(() => walkRealDirectories(prefix, path));
  return {
    identify: identifyDirectory,
    readFile(path, limit) {
      const folder = identifyDirectory(dirname(path));
      if (folder.kind === 'missing') return { kind: 'absent' };
      if (folder.kind === 'unreadable') return { kind: 'unreadable', why: folder.why };
      return readBoundedFile(prefix + path, limit, false);
    },
    locate(path) {
      const folder = identifyDirectory(dirname(path));
      if (folder.kind === 'directory') return ok(prefix + path);
      return err(folder.kind === 'missing' ? 'its folder is gone' : folder.why);
    },
    list(path, most) {
      const folder = identifyDirectory(path);
      if (folder.kind === 'missing') return ok([]);
      return folder.kind === 'unreadable' ? err(folder.why) : list(prefix + path, most);
    },
  };
}

interface DirectoryStatus extends Readonly<Record<'dev' | 'ino' | 'uid' | 'gid' | 'mode', bigint>> {
  isDirectory(): boolean;
}

function walkRealDirectories(prefix: string, path: string): DirectoryStatus {
  if (!path.startsWith('/')) throw new Error('not an absolute path');
  const why = pathLimitViolation(path);
  if (why !== null) throw new Error(why);
  let current = prefix;
  let status = statSync(current, { bigint: true });
  for (const component of path.split('/').filter((part) => part !== '' && part !== '.')) {
    if (component === '..') throw new Error('a `..` in the path');
    current = `${current}/${component}`;
    status = lstatSync(current, { bigint: true });
    if (status.isSymbolicLink()) throw new Error('a symbolic link inside another root');
  }
  return status;
}

function identify(look: () => DirectoryStatus): DirectoryResult {
  try {
    const status = look();
    if (!status.isDirectory()) return { kind: 'unreadable', why: NOT_A_DIRECTORY };
    const { dev, ino } = status;
    return { kind: 'directory', device: String(dev), inode: String(ino), access: accessOf(status) };
  } catch (error) {
    const code = errorCode(error);
    return code === 'ENOENT' ? { kind: 'missing' } : { kind: 'unreadable', why: code };
  }
}

function list(path: string, most: number): Result<readonly string[] | null> {
  try {
    return ok(namesIn(path, most));
  } catch (error) {
    const code = errorCode(error);
    return code === 'ENOENT' ? ok([]) : err(code);
  }
}

/**
 * Makes a path absolute and resolves `..` as the kernel does: `..` after a link is the parent of the link's target.
 * Node's resolve() would take the parent of the link itself.
 * @returns an error if `..` follows a path that is no directory or cannot be resolved
 */
export function absolutePath(path: string): Result<string> {
  if (!path.split('/').includes('..')) return ok(resolve(path));
  let reached = isAbsolute(path) ? '/' : process.cwd();
  for (const name of path.split('/')) {
    if (name !== '..') {
      reached = join(reached, name);
      continue;
    }
    try {
      if (!statSync(reached).isDirectory())
        return err(`it has \`..\` after ${reached}, which is not a directory`);
      reached = dirname(realpathSync(reached));
    } catch (error) {
      return err(`it has \`..\` after ${reached}, which cannot be resolved (${errorCode(error)})`);
    }
  }
  return ok(reached);
}

/**
 * Lists the names in a folder.
 * @returns null if there are more than `most` names; in that case at most one more buffer of entries is read
 * @throws the system's error
 */
function namesIn(folder: string, most: number): readonly string[] | null {
  const names: string[] = [];
  const entries = opendirSync(folder, { bufferSize: 256 });
  try {
    for (let entry = entries.readSync(); entry; entry = entries.readSync()) {
      if (names.length === most) return null;
      names.push(entry.name);
    }
    return names;
  } finally {
    entries.closeSync();
  }
}

/** The fields of a file's status that decide whether a policy file is trusted. */
export interface FileStatus {
  readonly owner: number;
  readonly mode: number;
  readonly isLink: boolean;
  readonly isFile: boolean;
}

/**
 * Reads the status of a file. A symbolic link is followed.
 * @throws the system's error
 */
export function fileStatus(path: string): FileStatus {
  return describeStatus(statSync(path));
}

/**
 * Reads the status of a file without following a symbolic link: the result describes the link itself (lstat).
 * @throws the system's error
 */
export function linkStatus(path: string): FileStatus {
  return describeStatus(lstatSync(path));
}

function describeStatus(status: Stats): FileStatus {
  return {
    owner: status.uid,
    mode: status.mode,
    isLink: status.isSymbolicLink(),
    isFile: status.isFile(),
  };
}

/**
 * Reads the target of a symbolic link.
 * @throws the system's error
 */
export function readLinkAt(path: string): string {
  return readlinkSync(path);
}

export function fileExists(path: string): boolean {
  return existsSync(path);
}

export function isDirectoryAt(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/**
 * Whether a path is a symbolic link. False also if the path is missing or cannot be read, because opening it then
 * reports the error.
 */
export function isLinkAt(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

/** Reads what is at a path, and whether we may use it. Opens nothing, because opening a FIFO could block. */
export function inspectPath(path: string, use: PathUse): PathStatus {
  try {
    const status = (use === 'folder' ? statSync : lstatSync)(path, { throwIfNoEntry: false });
    if (!status) return { kind: 'absent' };
    return { kind: kindOf(status), owner: status.uid, refusal: refusalAt(path, ACCESS[use]) };
  } catch (error) {
    return { kind: 'unreadable', why: errorCode(error) };
  }
}

const ACCESS: Readonly<Record<PathUse, number>> = {
  folder: constants.R_OK | constants.W_OK | constants.X_OK,
  read: constants.R_OK,
  write: constants.R_OK | constants.W_OK,
};

function kindOf(status: Stats): Extract<PathStatus, { owner: number }>['kind'] {
  if (status.isFile()) return 'file';
  if (status.isDirectory()) return 'folder';
  return status.isSymbolicLink() ? 'link' : 'other';
}

function refusalAt(path: string, mode: number): string | null {
  try {
    accessSync(path, mode);
    return null;
  } catch (error) {
    return errorCode(error);
  }
}

/** Resolves every symbolic link in a path. A result that is not UTF-8 is an error, because Node cannot represent it. */
export function realPathOf(path: string): Result<string> {
  try {
    const real = realpathSync.native(path, 'buffer');
    return isUtf8(real) ? ok(real.toString('utf8')) : err(NOT_UTF8_PATH);
  } catch (error) {
    return err(errorCode(error));
  }
}

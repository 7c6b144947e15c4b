import { lstatSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type DirectoryReading, NOT_A_DIRECTORY, type Reading, read, unread } from '../../model/evidence.js';
import { accessOf, type FileReading, readBoundedFile } from './bounded-file.js';
import { namesIn } from './names-in.js';
import { whyNotFollowed } from './path-limits.js';
import { errorCode } from './system-error.js';

/** A file system tree: ours, or the one that another process sees. Paths mean what they mean in that tree. */
export interface Tree {
  identify(path: string): DirectoryReading;
  /** @param limit longest content in bytes that is read */
  readFile(path: string, limit: number): FileReading;
  /** Where a file of it is to be opened in our own tree; its folder must be there. */
  locate(path: string): Reading<string>;
  /** Names in a folder; empty when there is no such folder, null where there are more than `most`. */
  list(path: string, most: number): Reading<readonly string[] | null>;
}

/** Our own tree; links are followed, as the kernel would. */
export const ourTree: Tree = {
  identify: (path) => identify(() => statSync(path, { bigint: true })),
  readFile: (path, limit) => readBoundedFile(path, limit),
  locate: read,
  list,
};

/**
 * The tree of another process, reached through `/proc/<pid>/root`. Every component on the way must be a real
 * directory: an absolute link in there would be resolved in *our* tree (pitfall 15).
 */
export function treeOf(pid: number): Tree {
  const prefix = `/proc/${pid}/root`;
  const identifyThrough = (path: string): DirectoryReading =>
    identify(() => walkRealDirectories(prefix, path));
  return {
    identify: identifyThrough,
    readFile(path, limit) {
      const folder = identifyThrough(dirname(path));
      if (folder.kind === 'missing') return { kind: 'absent' };
      if (folder.kind === 'unreadable') return { kind: 'unreadable', why: folder.why };
      return readBoundedFile(prefix + path, limit, false);
    },
    locate(path) {
      const folder = identifyThrough(dirname(path));
      if (folder.kind === 'directory') return read(prefix + path);
      return unread(folder.kind === 'missing' ? 'its folder is gone' : folder.why);
    },
    list(path, most) {
      const folder = identifyThrough(path);
      if (folder.kind === 'missing') return read([]);
      return folder.kind === 'unreadable' ? unread(folder.why) : list(prefix + path, most);
    },
  };
}

interface Status extends Readonly<Record<'dev' | 'ino' | 'uid' | 'gid' | 'mode', bigint>> {
  isDirectory(): boolean;
}

function walkRealDirectories(prefix: string, path: string): Status {
  if (!path.startsWith('/')) throw new Error('not an absolute path');
  const why = whyNotFollowed(path);
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

function identify(look: () => Status): DirectoryReading {
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

function list(path: string, most: number): Reading<readonly string[] | null> {
  try {
    return read(namesIn(path, most));
  } catch (error) {
    const code = errorCode(error);
    return code === 'ENOENT' ? read([]) : unread(code);
  }
}

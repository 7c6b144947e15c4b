import type { Observer } from '../../../src/machine/machine.js';
import type { FileResult, PathStatus, Tree } from '../../../src/model/evidence.js';
import { err, ok, type Result } from '../../../src/model/result.js';
import { closeFile, type FileTree } from '../world/files.js';
import { type Calls, notSimulated, type Task } from './task.js';

type ModelledFiles = Omit<Observer['files'], 'packagePath' | 'readPackageFile' | 'atCommit'>;

/** What one simulated process reads of the file systems. */
export function fileReaderOf(calls: Calls, task: Task): ModelledFiles {
  const { world, sync, async, isAlive } = calls;
  const { tree, uid } = task.process;
  const ours = treeOf(calls, () => tree, '');
  const others = new Map<number, Tree>();
  const read = (path: string, limit: number): FileResult =>
    sync(
      'files.read',
      path,
      () => (world.isOutOfFiles ? OUT_OF_FILES : tree.readFile(path, limit)),
      ({ kind }) => kind,
    );
  /** Takes the lock for a moment, as the real function does. */
  const isLocked = (path: string): Result<boolean> => {
    if (world.isOutOfFiles) return err(`${path}: EMFILE`);
    const node = nodeAt(calls, path);
    if (!node) return ok(false);
    if (node.lock) return ok(true);
    const file = { node, holders: new Set([task.process]) };
    node.lock = file;
    task.process.openFiles.add(file);
    calls.within('files.isLocked');
    task.process.openFiles.delete(file);
    closeFile(file, task.process);
    return ok(false);
  };
  return {
    ours,
    of(pid) {
      const known = others.get(pid) ?? treeOf(calls, () => world.byPid.get(pid)?.tree, `@${pid}:`);
      others.set(pid, known);
      return known;
    },
    read,
    readEnd: (path) => {
      const found = read(path, Infinity);
      return found.kind === 'too_big' ? { kind: 'absent' } : found;
    },
    exists: (path) => sync('files.exists', path, () => tree.node(path) !== undefined, String),
    isDirectory: (path) => sync('files.isDirectory', path, () => tree.node(path)?.kind === 'folder', String),
    isLink: (path) => sync('files.isLink', path, () => false),
    inspect: (path) => sync('files.inspect', path, () => inspect(tree, path, uid)),
    realPath: (path) =>
      sync(
        'files.realPath',
        path,
        () => (tree.node(path) ? ok(path) : err('ENOENT')),
        (found) => (found.ok ? found.value : found.why),
      ),
    absolutePath: (path) => ok(path),
    status: () => notSimulated('files.status'),
    linkStatus: () => notSimulated('files.linkStatus'),
    readLink: () => notSimulated('files.readLink'),
    remoteFileSystemOn: (path) => sync('files.remoteFileSystemOn', path, () => null),
    isLocked: (path) =>
      async(
        'files.isLocked',
        path,
        (settle) => {
          world.later(
            0,
            'tries a lock',
            () => {
              settle(isLocked(path));
            },
            isAlive,
          );
        },
        (found) => (found.ok ? String(found.value) : found.why),
      ),
    hasVisibleLocks: (path) => sync('files.hasVisibleLocks', path, () => true),
    lockingFileSystemOf: (path) => sync('files.lockingFileSystemOf', path, () => EXT4),
    isReleased: (path, fileSystem) =>
      async(
        'files.isReleased',
        path,
        (settle) => {
          const look = (): void => {
            if (!nodeAt(calls, path) || (fileSystem ?? EXT4) !== EXT4) {
              settle(false);
              return;
            }
            const found = isLocked(path);
            settle(found.ok && !found.value);
          };
          world.later(0, 'tries a lock', look, isAlive);
        },
        String,
      ),
  };
}

/** The number of the one file system of the model. */
const EXT4 = 0xef53;

const OUT_OF_FILES = { kind: 'unreadable', why: 'EMFILE' } as const;

/** The prefix of a path in the tree of another process, as `Tree.locate` returns it. */
const LOCATED = /^@(\d+):(.*)$/;

function nodeAt({ world }: Calls, path: string): ReturnType<FileTree['node']> {
  const [, pid, inTree] = LOCATED.exec(path) ?? [];
  return pid === undefined ? world.host.node(path) : world.byPid.get(Number(pid))?.tree.node(inTree ?? '');
}

function treeOf({ world, sync }: Calls, find: () => FileTree | undefined, prefix: string): Tree {
  return {
    identify: (path) =>
      sync(
        'tree.identify',
        prefix + path,
        () => find()?.identify(path) ?? { kind: 'unreadable', why: 'ENOENT' },
        ({ kind }) => kind,
      ),
    readFile: (path, limit) =>
      sync(
        'tree.readFile',
        prefix + path,
        () =>
          world.isOutOfFiles
            ? OUT_OF_FILES
            : (find()?.readFile(path, limit) ?? { kind: 'unreadable', why: 'ENOENT' }),
        (found) => (found.kind === 'read' ? found.text.replaceAll('\n', ' ') : found.kind),
      ),
    locate: (path) =>
      sync('tree.locate', prefix + path, () => {
        if (prefix === '') return ok(path);
        const folder = find()?.node(path.slice(0, path.lastIndexOf('/')));
        return folder ? ok(prefix + path) : err('its folder is gone');
      }),
    list: (path, most) =>
      sync('tree.list', prefix + path, () =>
        world.isOutOfFiles ? err('EMFILE') : (find()?.list(path, most) ?? err('ENOENT')),
      ),
  };
}

function inspect(tree: FileTree, path: string, uid: number): PathStatus {
  const node = tree.node(path);
  if (!node) return { kind: 'absent' };
  const refusal = node.readError ?? (node.owner === uid ? null : 'EACCES');
  return { kind: node.kind, owner: node.owner, refusal };
}

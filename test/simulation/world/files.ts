import {
  type Access,
  type DirectoryResult,
  type FileResult,
  NOT_A_DIRECTORY,
  NOT_A_FILE,
} from '../../../src/model/evidence.js';
import { err, ok, type Result } from '../../../src/model/result.js';

/** A file or folder. Its inode number stays when it is renamed. */
export interface FileNode {
  readonly kind: 'file' | 'folder';
  readonly inode: number;
  owner: number;
  group: number;
  mode: number;
  text: string;
  /** The error of an attempt to read it, or null. */
  readError: string | null;
  /** The open file that has the advisory lock. */
  lock: OpenFile | null;
  /** The process that wrote it last, for the property that no file of another is removed. */
  writer: string;
}

/** An open file of one or more processes, which share its advisory lock. */
export interface OpenFile {
  readonly node: FileNode;
  /** The processes that have it open. */
  readonly holders: Set<object>;
}

/** Releases the lock of an open file once no process has the file open. */
export function closeFile(file: OpenFile, process: object): void {
  file.holders.delete(process);
  if (file.holders.size === 0 && file.node.lock === file) file.node.lock = null;
}

let nextInode = 1;

/** Restarts the inode numbers, so that equal schedules have equal traces. */
export function restartInodes(): void {
  nextInode = 1000;
}

export function newInode(): number {
  return nextInode++;
}

/** One file system tree, as one mount namespace sees it. Two trees may contain one node under different paths. */
export class FileTree {
  readonly nodes = new Map<string, FileNode>();

  constructor(
    readonly name: string,
    readonly device: string,
  ) {}

  node(path: string): FileNode | undefined {
    return this.nodes.get(path);
  }

  makeFolder(path: string, owner: number): FileNode {
    const known = this.nodes.get(path);
    if (known) return known;
    const parent = path.slice(0, path.lastIndexOf('/'));
    if (parent !== '') this.makeFolder(parent, owner);
    return this.put(path, { kind: 'folder', owner, mode: 0o700, text: '', writer: '' });
  }

  /** Puts a new file in place of what is at the path, as a rename does. */
  write(path: string, text: string, owner: number, writer: string, mode = 0o600): FileNode {
    this.makeFolder(path.slice(0, path.lastIndexOf('/')), owner);
    return this.put(path, { kind: 'file', owner, mode, text, writer });
  }

  private put(path: string, given: Pick<FileNode, 'kind' | 'owner' | 'mode' | 'text' | 'writer'>): FileNode {
    const node = { ...given, inode: newInode(), group: given.owner, readError: null, lock: null };
    this.nodes.set(path, node);
    return node;
  }

  remove(path: string): void {
    this.nodes.delete(path);
  }

  /** Removes a folder with everything in it. */
  removeTree(folder: string): void {
    for (const path of this.pathsIn(folder)) this.nodes.delete(path);
  }

  /** Renames a file, or a folder with everything in it. */
  rename(from: string, to: string): void {
    for (const path of this.pathsIn(from)) {
      const node = this.nodes.get(path);
      this.nodes.delete(path);
      if (node) this.nodes.set(to + path.slice(from.length), node);
    }
  }

  private pathsIn(folder: string): string[] {
    return [...this.nodes.keys()].filter((path) => path === folder || path.startsWith(`${folder}/`));
  }

  identify(path: string): DirectoryResult {
    const node = this.nodes.get(path);
    if (!node) return { kind: 'missing' };
    if (node.kind === 'file') return { kind: 'unreadable', why: NOT_A_DIRECTORY };
    if (node.readError !== null) return { kind: 'unreadable', why: node.readError };
    return {
      kind: 'directory',
      device: this.device,
      inode: String(node.inode),
      access: accessOf(node),
    };
  }

  readFile(path: string, limit: number): FileResult {
    const node = this.nodes.get(path);
    if (!node) return { kind: 'absent' };
    if (node.kind === 'folder') return { kind: 'unreadable', why: NOT_A_FILE };
    if (node.readError !== null) return { kind: 'unreadable', why: node.readError };
    if (node.text.length > limit) return { kind: 'too_big', limit };
    return { kind: 'read', text: node.text, ...accessOf(node) };
  }

  list(folder: string, most: number): Result<readonly string[] | null> {
    const node = this.nodes.get(folder);
    if (!node) return ok([]);
    if (node.readError !== null) return err(node.readError);
    const names: string[] = [];
    for (const path of this.nodes.keys()) {
      if (path.startsWith(`${folder}/`) && !path.includes('/', folder.length + 1))
        names.push(path.slice(folder.length + 1));
    }
    return ok(names.length > most ? null : names);
  }
}

function accessOf({ owner, group, mode }: FileNode): Access {
  return { owner, group, mode };
}

import type { Actor } from '../../../src/machine/machine.js';
import type { FileNode } from '../world/files.js';
import type { Calls, Task } from './task.js';

/** Who watches what the product does to files. */
export interface FileWatcher {
  readonly onWrite: (task: Task, path: string, text: string, file: FileNode) => void;
  readonly onRemove: (task: Task, path: string) => void;
}

/** How one simulated process changes files, as src/machine/write.ts does: a file is written beside its place and renamed. */
export function fileWriterOf(
  { world, sync, within }: Calls,
  task: Task,
  context: FileWatcher,
): Actor['files'] {
  const { process } = task;
  const { tree, uid, name } = process;
  const shown = (why: string | null): string => why ?? 'written';
  const problem = (path: string): string | null => {
    if (world.isOutOfFiles) return 'EMFILE';
    if (world.isDiskFull) return 'ENOSPC';
    const folder = tree.node(path.slice(0, path.lastIndexOf('/')));
    if (!folder) return 'ENOENT';
    return folder.owner === uid ? null : 'EACCES';
  };
  const writeWhole =
    (call: 'write.writePrivate' | 'write.writePublic', mode: number) =>
    (path: string, text: string): string | null =>
      sync(
        call,
        path,
        () => {
          if (tree.node(path)?.kind === 'folder') return 'it is not a regular file';
          const why = problem(path);
          if (why !== null) return why;
          const draft = `${path}.${process.pid}.tmp`;
          const file = tree.write(draft, text, uid, name, mode);
          within(call);
          if (!tree.node(draft)) return 'ENOENT';
          context.onWrite(task, path, text, file);
          tree.rename(draft, path);
          world.onChange();
          return null;
        },
        shown,
      );
  const append = (path: string, text: string): string | null => {
    const why = problem(path);
    if (why !== null) return why;
    const file = tree.node(path) ?? tree.write(path, '', uid, name);
    context.onWrite(task, path, text, file);
    file.text += text;
    return null;
  };
  return {
    writePrivate: writeWhole('write.writePrivate', 0o600),
    writePublic: writeWhole('write.writePublic', 0o644),
    rewrite: (path, text) =>
      sync('write.rewrite', path, () => {
        const node = tree.node(path);
        if (!node) return 'ENOENT';
        node.text = text;
        return null;
      }),
    appendLines: (path, lines) =>
      sync(
        'write.appendLines',
        path,
        () => append(path, lines.map((line) => `${JSON.stringify(line)}\n`).join('')),
        shown,
      ),
    appendText: (path, text) => sync('write.appendText', path, () => append(path, text), shown),
    makePrivateFolder: (file) =>
      sync('write.makePrivateFolder', file, () => {
        const folder = file.slice(0, file.lastIndexOf('/'));
        if (!tree.node(folder) && world.isDiskFull) return 'ENOSPC';
        if (!tree.node(folder)) {
          tree.makeFolder(folder, uid);
          world.onChange();
        }
        return null;
      }),
    rename: (path, target) =>
      sync('write.rename', path, () => {
        if (tree.node(target)) return 'EEXIST';
        tree.rename(path, target);
        world.onChange();
        return null;
      }),
    remove: (path) =>
      sync(
        'write.remove',
        path,
        () => {
          if (tree.node(path)) context.onRemove(task, path);
          tree.remove(path);
          world.onChange();
          return null;
        },
        () => 'removed',
      ),
  };
}

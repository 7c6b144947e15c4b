import { machine } from '../support/local-machine.js';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platformNamed } from '../../src/model/platform.js';
import { runtimeRoot } from '../../src/sync/runtime-root.js';
import { ourTree, treeOf } from '../../src/machine/files.js';
import { describeIf, hasPython } from '../support/requires.js';
import { inputs, readByPython } from './python.js';

/** The root that releases since 3.2.3 use, by device and inode. */
const PYTHON = `
import os
from pathlib import Path

def reading(variables):
    os.environ.pop("HOME", None)
    os.environ.pop("SPEC_KITTY_HOME", None)
    os.environ.update(variables)
    given = os.environ.get("SPEC_KITTY_HOME")
    root = Path(given) if given else Path.home() / ".spec-kitty"
    status = (root / "." / "x").parent.stat()
    return f"{status.st_dev}:{status.st_ino}" if root.is_dir() else None
`;

const NAMES = [
  'real',
  'inner',
  'link',
  'chain',
  'loop',
  'dangling',
  'missing',
  'file',
  'up',
  '..',
  '..',
  '.',
  '',
  '~',
  'é',
];

describeIf([hasPython], 'a path', () => {
  let folder: string;
  let before: string;
  beforeAll(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'spec-kitty-paths-')));
    for (const path of [
      'real/inner/.spec-kitty',
      'real/.spec-kitty',
      'inner/.spec-kitty',
      '.spec-kitty',
      'é',
      '~',
    ]) {
      mkdirSync(join(folder, path), { recursive: true });
    }
    symlinkSync('real/inner', join(folder, 'link'));
    symlinkSync(join(folder, 'link'), join(folder, 'chain'));
    symlinkSync('..', join(folder, 'real/inner/up'));
    symlinkSync('loop', join(folder, 'loop'));
    symlinkSync('nowhere', join(folder, 'dangling'));
    writeFileSync(join(folder, 'file'), '');
    before = process.cwd();
    process.chdir(folder);
  });
  afterAll(() => {
    process.chdir(before);
    rmSync(folder, { recursive: true });
  });

  const paths = fc
    .tuple(fc.constantFrom('', '/', '//', '/', '/'), fc.array(fc.constantFrom(...NAMES), { maxLength: 6 }))
    .map(([start, names]) => (start === '' ? '' : `${start}${folder.slice(1)}/`) + names.join('/'));

  test('of the environment leads to the same folder as in Python, or is refused', () => {
    const environments = fc.record({ HOME: paths, SPEC_KITTY_HOME: paths }, { requiredKeys: [] });
    const all = inputs(environments);
    const theirs = readByPython(PYTHON, all, folder);
    let both = 0;
    for (const [index, environment] of all.entries()) {
      const root = runtimeRoot(machine.observer, environment);
      if (!root.ok) continue;
      const ours = identityOf(ourTree.identify(root.path));
      if (ours !== null) both++;
      expect({ environment, ours }).toEqual({ environment, ours: theirs[index] });
    }
    expect(both).toBeGreaterThan(500);
  });

  test('comes from USERPROFILE on Windows only', () => {
    const USERPROFILE = '/home/me';
    const elsewhere = { ...machine.observer, platform: platformNamed('win32') };
    expect(runtimeRoot(elsewhere, { USERPROFILE })).toEqual({ ok: true, path: '/home/me/.spec-kitty' });
    expect(runtimeRoot(machine.observer, { USERPROFILE })).not.toMatchObject({
      path: '/home/me/.spec-kitty',
    });
  });

  test('in the tree of another process leads to the same folder as in the kernel, or is refused', () => {
    const tree = treeOf(process.pid);
    const all = inputs(paths);
    const theirs = readByPython(
      'import os\ndef reading(path):\n    s = os.stat(path)\n    return f"{s.st_dev}:{s.st_ino}"\n',
      all,
      folder,
    );
    let both = 0;
    for (const [index, path] of all.entries()) {
      const ours = identityOf(tree.identify(path));
      if (ours === null) continue;
      both++;
      expect({ path, ours }).toEqual({ path, ours: theirs[index] });
    }
    expect(both).toBeGreaterThan(100);
  });
});

function identityOf(directory: ReturnType<typeof ourTree.identify>): string | null {
  return directory.kind === 'directory' ? `${directory.device}:${directory.inode}` : null;
}

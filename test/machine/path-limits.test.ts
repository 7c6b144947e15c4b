import { expect, test } from '@jest/globals';
import { treeOf } from '../../src/machine/files.js';
import { remoteFileSystemOn } from '../../src/machine/linux/mounts.js';
import { pathLimitViolation } from '../../src/model/path-limits.js';

test.each([
  ['the longest that the kernel accepts', `/${'a'.repeat(254)}`.repeat(16) + `/${'b'.repeat(14)}`, null],
  ['one byte more', `/${'a'.repeat(254)}`.repeat(16) + `/${'b'.repeat(15)}`, 'longer than 4095 bytes'],
  ['few characters but too many bytes', `/${'ü'.repeat(120)}`.repeat(20), 'longer than 4095 bytes'],
  ['the longest name', `/${'a'.repeat(255)}`, null],
  ['a name of one byte more', `/${'a'.repeat(256)}`, 'a name in it is longer than 255 bytes'],
  [
    'a name of few characters but too many bytes',
    `/${'ü'.repeat(128)}`,
    'a name in it is longer than 255 bytes',
  ],
  ['the deepest path', '/a'.repeat(255), null],
  ['one folder deeper', '/a'.repeat(256), 'deeper than 256 folders'],
  ['far too long', '/a'.repeat(10_000_000), 'longer than 4095 bytes'],
])('limits of a path: %s', (_what, path, why) => {
  expect(pathLimitViolation(path)).toBe(why);
});

test('the tree of another process refuses a path beyond the limits', () => {
  const folder = treeOf(process.pid).identify('/a'.repeat(2000));
  expect(folder).toEqual({ kind: 'unreadable', why: 'Error: deeper than 256 folders' });
});

test('a path with too many components counts as one that may never answer', () => {
  const nowhere = { kind: 'missing' } as const;
  expect(remoteFileSystemOn('/proc/./..'.repeat(200), null, nowhere)).toBe(null);
  expect(remoteFileSystemOn('/proc/..'.repeat(600), null, nowhere)).toBe(
    'unknown: the path has too many folders and links',
  );
});

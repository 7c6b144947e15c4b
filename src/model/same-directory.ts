import type { DirectoryReading } from './evidence.js';

/** Same directory, not same string: device and inode are equal (pitfall 12). */
export function sameDirectory(one: DirectoryReading, other: DirectoryReading): boolean {
  return (
    one.kind === 'directory' &&
    other.kind === 'directory' &&
    one.device === other.device &&
    one.inode === other.inode
  );
}

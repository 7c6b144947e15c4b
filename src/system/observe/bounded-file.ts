import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, statSync } from 'node:fs';
import type { Access } from '../../model/files.js';
import { errorCode, isGone } from './system-error.js';

/** Why a folder, a FIFO or a device is `unreadable`. */
export const NOT_A_FILE = 'not a regular file';

export type FileReading =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'too_big'; readonly limit: number }
  | ({ readonly kind: 'read'; readonly text: string } & Access);

/**
 * Reads a small regular file, at most `limit` bytes of it.
 * Anything else under that name (directory, FIFO, device) is `unreadable`, and is never waited for.
 * @param followLinks false where the path leads through another process's root, so that a link cannot lead out.
 */
export function readBoundedFile(path: string, limit: number, followLinks = true): FileReading {
  const noFollow = followLinks ? 0 : constants.O_NOFOLLOW;
  const look = followLinks ? statSync : lstatSync;
  let descriptor: number;
  try {
    // Most of what is looked for is not there, and an exception takes longer than the look.
    const status = look(path, { throwIfNoEntry: false });
    if (!status) return { kind: 'absent' };
    // To open a device can be enough to set something off.
    if (!status.isFile()) return { kind: 'unreadable', why: NOT_A_FILE };
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | noFollow);
  } catch (error) {
    return isGone(error) ? { kind: 'absent' } : { kind: 'unreadable', why: errorCode(error) };
  }
  try {
    const status = fstatSync(descriptor);
    if (!status.isFile()) return { kind: 'unreadable', why: NOT_A_FILE };
    const bytes = readBytes(descriptor, status.size, limit + 1);
    if (bytes.length > limit) return { kind: 'too_big', limit };
    return { kind: 'read', text: bytes.toString('utf8'), ...accessOf(status) };
  } catch (error) {
    return { kind: 'unreadable', why: errorCode(error) };
  } finally {
    closeSync(descriptor);
  }
}

/** Permission bits only: what kind of file it is stands elsewhere. */
export function accessOf({ uid, gid, mode }: Status): Access {
  return { owner: Number(uid), group: Number(gid), mode: Number(mode) & 0o7777 };
}

type Status = Readonly<Record<'uid' | 'gid' | 'mode', number | bigint>>;

/**
 * Reads to the end, or so many bytes. A buffer as long as the file once was is enough for nearly every file, and has
 * room for one byte more: where that is taken, the file has grown, or is one of those that have no size.
 */
function readBytes(descriptor: number, size: number, most: number): Buffer {
  const bytes = readFrom(descriptor, Math.min(size + 1, most));
  return bytes.length <= size ? bytes : readFrom(descriptor, most);
}

function readFrom(descriptor: number, most: number): Buffer {
  const buffer = Buffer.allocUnsafe(most);
  let length = 0;
  while (length < buffer.length) {
    const count = readSync(descriptor, buffer, length, buffer.length - length, length);
    if (count === 0) break;
    length += count;
  }
  return buffer.subarray(0, length);
}

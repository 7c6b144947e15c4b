import { libSystem } from './libsystem.js';
import { CHANGED, readInfo, sessionOf } from './processes.js';
import { decodeDescriptors, decodeSocketInfo, type OpenSocket, SOCKET_INFO_LENGTH } from './socket-info.js';

/** The TCP sockets that one incarnation of a process has open. */
export type OpenSockets =
  | {
      readonly kind: 'read';
      readonly sockets: ReadonlyMap<string, OpenSocket>;
      readonly incarnation: string;
    }
  | { readonly kind: 'gone' }
  | { readonly kind: 'other_user'; readonly session: number | null }
  /** Of our user, and its descriptors may not be read. */
  | { readonly kind: 'denied'; readonly session: number | null }
  /** Of our user, and hidden, or described in an unknown form: nothing is known of it. */
  | { readonly kind: 'unreadable'; readonly why: string };

/** Flavours of `proc_pidinfo` and `proc_pidfdinfo`. */
const DESCRIPTORS = 1;
const SOCKET_INFO = 3;

/** Reads the TCP sockets that a process of our user has open. */
export function readOpenSockets(pid: number): OpenSockets {
  const before = readInfo(pid);
  if (before.kind !== 'ours') return before;
  const { incarnation } = before.info;
  const found = readSockets(pid);
  if (found === 'ESRCH') return { kind: 'gone' };
  if (found === 'EPERM') return { kind: 'denied', session: sessionOf(pid) };
  if (typeof found === 'string') return { kind: 'unreadable', why: found };
  const after = readInfo(pid);
  if (after.kind === 'gone') return after;
  if (after.kind !== 'ours' || after.info.incarnation !== incarnation)
    return { kind: 'unreadable', why: CHANGED };
  return { kind: 'read', sockets: found, incarnation };
}

/** Errors for a descriptor that was closed, or used for something else, after the list was read. */
const GONE: ReadonlySet<string> = new Set(['EBADF', 'ENOTSOCK', 'EOPNOTSUPP', 'ENOTSUP']);
/** Room for a longer structure than ours, which is then noticed by its length. */
const SPARE = 64;

/** @returns the sockets, or what failed */
function readSockets(pid: number): ReadonlyMap<string, OpenSocket> | string {
  const library = libSystem();
  if (!library.ok) return library.why;
  const descriptors = readDescriptors(pid);
  if (typeof descriptors === 'string') return descriptors;
  const sockets = new Map<string, OpenSocket>();
  const buffer = Buffer.alloc(SOCKET_INFO_LENGTH + SPARE);
  for (const descriptor of descriptors) {
    const filled = library.value.pidFdInfo(pid, descriptor, SOCKET_INFO, buffer);
    if (typeof filled === 'string') {
      if (GONE.has(filled)) continue;
      return filled;
    }
    const socket = decodeSocketInfo(buffer.subarray(0, filled));
    if (!socket.ok) return socket.why;
    if (socket.value) sockets.set(socket.value.id, socket.value);
  }
  return sockets;
}

const FIRST_LENGTH = 8 * 512;
const LONGEST = 8 * 1024 * 1024;

/** @returns the numbers of the sockets among the descriptors, or what failed */
function readDescriptors(pid: number): readonly number[] | string {
  const library = libSystem();
  if (!library.ok) return library.why;
  // A list that fills its buffer may be cut off.
  for (let length = FIRST_LENGTH; length <= LONGEST; length *= 4) {
    const buffer = Buffer.alloc(length);
    const filled = library.value.pidInfo(pid, DESCRIPTORS, buffer);
    if (typeof filled === 'string') return filled;
    if (filled === length) continue;
    const decoded = decodeDescriptors(buffer.subarray(0, filled));
    return decoded.ok ? decoded.value : decoded.why;
  }
  return 'it has too many descriptors';
}

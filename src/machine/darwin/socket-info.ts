import { err, ok, type Result } from '../../model/result.js';
import { LISTENING, socketId } from './endpoint.js';

/** What the kernel says about a socket that a process has open (flavour 3 of `proc_pidfdinfo`). */
export interface OpenSocket {
  /** As in the list of TCP sockets. */
  readonly id: string;
  readonly port: number;
  readonly isListening: boolean;
}

/** The size of the structure. Another size means another structure, of which nothing is known. */
export const SOCKET_INFO_LENGTH = 792;
const TCP = 2;

/** @returns null for a socket that is not TCP */
export function decodeSocketInfo(bytes: Buffer): Result<OpenSocket | null> {
  if (bytes.length !== SOCKET_INFO_LENGTH)
    return err(`the kernel describes a socket in ${bytes.length} bytes, not ${SOCKET_INFO_LENGTH}`);
  if (bytes.readInt32LE(256) !== TCP) return ok(null);
  const handle = bytes.readBigUInt64LE(160);
  // The port is the first half of a 32-bit number.
  if (handle === 0n || bytes.readUInt16LE(270) !== 0) return err('an open socket has an unknown form');
  return ok({
    id: socketId(handle, bytes.readBigUInt64LE(272)),
    port: bytes.readUInt16BE(268),
    isListening: bytes.readInt32LE(344) === LISTENING,
  });
}

/** A row of the list of descriptors of a process (flavour 1 of `proc_pidinfo`). */
const DESCRIPTOR_LENGTH = 8;
const SOCKET = 2;

/** @returns the numbers of the descriptors that are sockets */
export function decodeDescriptors(bytes: Buffer): Result<readonly number[]> {
  if (bytes.length % DESCRIPTOR_LENGTH !== 0) return err('the list of descriptors has an unknown form');
  const sockets: number[] = [];
  for (let at = 0; at < bytes.length; at += DESCRIPTOR_LENGTH) {
    if (bytes.readUInt32LE(at + 4) === SOCKET) sockets.push(bytes.readInt32LE(at));
  }
  return sockets.every((descriptor) => descriptor >= 0)
    ? ok(sockets)
    : err('the list of descriptors has an unknown form');
}

/** The state of a TCP socket that listens. */
export const LISTENING = 1;

const IPV4 = 1;
const IPV6 = 2;

/**
 * Returns the id of a socket: its address in the kernel, which the kernel shows in a scrambled form, and the generation
 * of its protocol block. The list of sockets and the descriptors of a process show the same two numbers, as an inode
 * joins them on Linux. A later socket at the same address has another generation.
 */
export function socketId(handle: bigint, generation: bigint): string {
  return `${handle.toString(16)}.${generation.toString()}`;
}

/**
 * Decodes an address of 16 bytes, of which IPv4 uses the last four.
 * @param flags which protocols the socket serves; an IPv6 socket may serve both
 * @returns null if it serves neither
 */
export function decodeAddress(bytes: Buffer, flags: number): string | null {
  if ((flags & IPV6) !== 0) return ipv6Text(bytes);
  return (flags & IPV4) !== 0 ? bytes.subarray(12, 16).join('.') : null;
}

function ipv6Text(bytes: Buffer): string {
  if (bytes.subarray(0, 12).equals(MAPPED)) return `::ffff:${bytes.subarray(12, 16).join('.')}`;
  const groups = [0, 2, 4, 6, 8, 10, 12, 14].map((at) => bytes.readUInt16BE(at).toString(16));
  // The URL parser writes the canonical form of RFC 5952.
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** `::ffff:0:0/96` */
const MAPPED = Buffer.from('00000000000000000000ffff', 'hex');

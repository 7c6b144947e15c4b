import type { Process, Socket } from './process.js';

/** What a kernel of the model does as its system does: what it identifies things by, and how it signals. */
export interface System {
  readonly platform: 'linux' | 'darwin';
  /** What a signal that reaches one incarnation of a process goes by; null if the system has no such signal. */
  readonly signals: 'pidfd' | 'audit_token' | null;
  /** What the kernel tells a process from another with its PID by. */
  incarnationOf(process: Process): string;
  socketId(socket: Socket): string;
}

export const LINUX: System = {
  platform: 'linux',
  signals: 'pidfd',
  incarnationOf: ({ startTicks }) => String(startTicks),
  socketId: ({ inode }) => String(inode),
};

/** macOS 14.2 and later. */
export const MACOS: System = {
  platform: 'darwin',
  signals: 'audit_token',
  // Both ids have parts of 64 bits: as a JavaScript number, two of them would be equal.
  incarnationOf: ({ serial, version }) => `${FIRST_UNIQUE_ID + BigInt(serial)}.${version}`,
  // A later socket can be at the same address, and has another generation.
  socketId: ({ port, inode }) => `ffffff80${port.toString(16).padStart(8, '0')}.${inode}`,
};

/** macOS before 14.2, which has no signal for one incarnation. */
export const OLD_MACOS: System = { ...MACOS, signals: null };

const FIRST_UNIQUE_ID = 2n ** 63n;

/** Returns the inode number of the socket with this id: on macOS its generation stands for it. */
export function inodeOf(socketId: string): number {
  return Number(socketId.slice(socketId.lastIndexOf('.') + 1));
}

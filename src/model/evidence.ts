import type { Result } from './result.js';

/** One listening TCP socket. */
export interface ListeningSocket {
  /** Textual IPv4 or IPv6 address, as bound (`127.0.0.1`, `0.0.0.0`, `::1`). */
  readonly address: string;
  readonly port: number;
  /** The kernel's number for it. Null from a flattened collector: then this socket cannot be told from its successor. */
  readonly inode: number | null;
  /** The user who opened it; null from a flattened collector. */
  readonly uid: number | null;
}

/** A socket as the kernel itself lists it. */
export interface KernelSocket extends ListeningSocket {
  readonly inode: number;
  readonly uid: number;
}

/** A directory as the kernel identifies it: same device and inode, same directory, whatever its name. */
export type DirectoryResult =
  | {
      readonly kind: 'directory';
      readonly device: string;
      readonly inode: string;
      readonly access: Access;
    }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly why: string };

/** Why what is no directory is `unreadable` as one. */
export const NOT_A_DIRECTORY = 'not a directory';

/** The command line. `exact` is false where a tool flattened it and element boundaries are a guess. */
export interface Argv {
  readonly elements: readonly string[];
  readonly exact: boolean;
}

/** What any collector can say of a process: enough to show it, not enough to act on it. */
export interface ProcessDescription {
  readonly pid: number;
  readonly parentPid: number | null;
  readonly argv: Result<Argv>;
  readonly executable: Result<string>;
  readonly residentBytes: Result<number>;
  readonly cpuSeconds: Result<number>;
  readonly startedAt: Result<string>;
}

/** A process as the kernel itself attests it. `executable` has symlinks resolved, and ends in ` (deleted)` when gone. */
export interface ProcessEvidence extends ProcessDescription {
  readonly parentPid: number;
  /** Kernel clock ticks after boot at which the process started. With the boot id it names one incarnation. */
  readonly startTicks: number;
  /** Effective user id. */
  readonly uid: number;
  /** True when it sees the same file system tree as we do (mount namespace and root directory). */
  readonly sharesOurFiles: Result<boolean>;
  /** True when a PID that it writes down means the same process to us (PID namespace). */
  readonly sharesOurPids: Result<boolean>;
}

/** What a PID, a port and a boot time are relative to. A part that could not be read is null, and equals nobody's. */
export interface MachineIdentity {
  readonly machineId: string | null;
  readonly bootId: string | null;
  readonly networkNamespace: string | null;
}

/**
 * One look at what a daemon that does not answer is doing. Silence is no proof of being stuck (design: "Silence is no
 * proof of being wedged"), so several of these are compared before anything is done to it.
 */
export interface ActivitySample {
  readonly connections: Result<readonly Connection[]>;
  readonly process: Result<ProcessActivity>;
}

/** A TCP connection that can still carry data, seen from the daemon's side. */
export interface Connection {
  /** `inbound`: to its listening socket. `outbound`: any other that it has open, an upload for example. */
  readonly direction: 'inbound' | 'outbound';
  /** The other end: address and port. */
  readonly peer: string;
  /** Who opened the other end; null where the kernel shows no such socket on this machine, or one that was closed. */
  readonly peerUid: number | null;
}

/** What the threads of a process are doing. */
export interface ProcessActivity {
  /** What keeps it from running, or null. */
  readonly suspension: Suspension | null;
  /** In words, what a thread that is not asleep does; null where all are asleep. */
  readonly awake: string | null;
  /** Two looks at a process of which no thread ran in between have equal counters. */
  readonly counters: Counters;
}

export interface Counters {
  /** User and system time of all threads, in clock ticks. */
  readonly cpuTicks: number;
  /** How often any of its threads was taken off a CPU: counts what is too short for a clock tick. */
  readonly contextSwitches: number;
  /** Bytes that it read from files, pipes and, where it reads them so, sockets. */
  readonly bytesRead: number;
}

export type Suspension =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'traced'; readonly by: number }
  /** `freezer` is the file of the control group that thaws it. */
  | { readonly kind: 'frozen'; readonly freezer: string };

/** Why a folder, a FIFO or a device is `unreadable`. */
export const NOT_A_FILE = 'not a regular file';

export type FileResult =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'too_big'; readonly limit: number }
  | ({ readonly kind: 'read'; readonly text: string } & Access);

/** A file system tree: ours, or the one that another process sees. Paths mean what they mean in that tree. */
export interface Tree {
  identify(path: string): DirectoryResult;
  /** @param limit longest content in bytes that is read */
  readFile(path: string, limit: number): FileResult;
  /** Where a file of it is to be opened in our own tree; its folder must be there. */
  locate(path: string): Result<string>;
  /** Names in a folder; empty when there is no such folder, null where there are more than `most`. */
  list(path: string, most: number): Result<readonly string[] | null>;
}

/** Who may change a file, or exchange what is in a folder. */
export interface Access {
  /** User id. */
  readonly owner: number;
  /** Group id. */
  readonly group: number;
  /** Permission bits, as `chmod` has them. */
  readonly mode: number;
}

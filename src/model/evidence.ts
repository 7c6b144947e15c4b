import type { Result } from './result.js';

/** One listening TCP socket. */
export interface ListeningSocket {
  /** Textual IPv4 or IPv6 address, as bound (`127.0.0.1`, `0.0.0.0`, `::1`). */
  readonly address: string;
  readonly port: number;
  /**
   * What the kernel identifies the socket by: an opaque text, which a later socket on the port does not have. On Linux
   * the inode number. Null from `systeminformation`.
   */
  readonly id: string | null;
  /** User id of the process that opened the socket; null from `systeminformation`. */
  readonly uid: number | null;
}

/** A socket from the kernel's own table. */
export interface KernelSocket extends ListeningSocket {
  readonly id: string;
  readonly uid: number;
}

/** A directory, identified by device and inode: two paths with equal numbers name one directory. */
export type DirectoryResult =
  | {
      readonly kind: 'directory';
      readonly device: string;
      readonly inode: string;
      readonly access: Access;
    }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly why: string };

/** The `why` of a `DirectoryResult` for a file that is no directory. */
export const NOT_A_DIRECTORY = 'not a directory';

/** A command line. `exact` is false when a tool joined the elements into one text, so their boundaries are a guess. */
export interface Argv {
  readonly elements: readonly string[];
  readonly exact: boolean;
  /** The base name of an interpreter's script, in a saved scan that hides the arguments. */
  readonly script?: string;
}

/** What every collector can read of a process: enough to report the process, not enough to retire it. */
export interface ProcessDescription {
  readonly pid: number;
  readonly parentPid: number | null;
  readonly argv: Result<Argv>;
  readonly executable: Result<string>;
  readonly residentBytes: Result<number>;
  readonly cpuSeconds: Result<number>;
  readonly startedAt: Result<string>;
}

/**
 * A process as `/proc` describes it. `executable` is a real path, and ends in ` (deleted)` when the file was deleted.
 */
export interface ProcessEvidence extends ProcessDescription {
  readonly parentPid: number;
  /**
   * What the kernel tells this process from another with the same PID by: an opaque text, only compared for equality. On
   * Linux the start time in clock ticks since boot, equal for two processes that had the PID within one tick (pitfall
   * 6).
   */
  readonly incarnation: string;
  /** Effective user id. */
  readonly uid: number;
  /** Whether the process has our mount namespace and root directory, so that a path names the same file for both. */
  readonly sharesOurFiles: Result<boolean>;
  /** Whether the process has our PID namespace, so that a PID names the same process for both. */
  readonly sharesOurPids: Result<boolean>;
}

/**
 * The scope in which a PID, a port and a start time are valid. A part that could not be read is null; null compares
 * unequal to everything, including null.
 */
export interface MachineIdentity {
  readonly machineId: string | null;
  readonly bootId: string | null;
  readonly networkNamespace: string | null;
}

/**
 * Which processes `/proc` shows: all of the machine, all but those that it hides (mount option hidepid), or those of our
 * PID namespace, as in a container.
 */
export type VisibleProcesses = 'all' | 'not_hidden' | 'of_container';

/**
 * What a daemon that does not answer was doing at one moment. Silence does not prove that it is stuck: a busy
 * single-threaded server is silent too (pitfall 3). So several samples are compared before the daemon is retired.
 */
export interface ActivitySample {
  readonly connections: Result<readonly Connection[]>;
  readonly process: Result<ProcessActivity>;
}

/** A TCP connection of the daemon that can still carry data. */
export interface Connection {
  /** `inbound`: to its listening socket. `outbound`: any other, for example an upload. */
  readonly direction: 'inbound' | 'outbound';
  /** Address and port of the other end. */
  readonly peer: string;
  /** User id of the process at the other end; null when its socket is closed or not on this machine. */
  readonly peerUid: number | null;
}

/** What the threads of a process are doing. */
export interface ProcessActivity {
  /** Why the kernel does not let the process run, or null. */
  readonly suspension: Suspension | null;
  /** A sentence about a thread that does not sleep; null when all threads sleep. */
  readonly awake: string | null;
  /** Counters that are equal in two samples if no thread ran in between. */
  readonly counters: Counters;
}

export interface Counters {
  /** User and system time of all threads, in clock ticks. */
  readonly cpuTicks: number;
  /** Sum over all threads. Also counts runs that are too short for a clock tick. */
  readonly contextSwitches: number;
  /** Bytes read from files and pipes, and from sockets that the process reads with `read`. */
  readonly bytesRead: number;
}

export type Suspension =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'traced'; readonly by: number }
  /** `freezer` is the file of the control group that must be written to let the process run again. */
  | { readonly kind: 'frozen'; readonly freezer: string };

/** The `why` of a real path that is not UTF-8. */
export const NOT_UTF8_PATH = 'a link leads to a path that is not UTF-8';

/** The `why` of a `FileResult` for a folder, a FIFO or a device. */
export const NOT_A_FILE = 'not a regular file';

export type FileResult =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'too_big'; readonly limit: number }
  | ({ readonly kind: 'read'; readonly text: string } & Access);

/** The end of a file. */
export type FileEnd =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | { readonly kind: 'read'; readonly text: string };

/** How a path is to be used. `folder`: a link is followed, and files are made in it. `read`, `write`: a file, no link. */
export type PathUse = 'folder' | 'read' | 'write';

/** What is at a path, and whether we may use it. */
export type PathStatus =
  | { readonly kind: 'absent' }
  | { readonly kind: 'unreadable'; readonly why: string }
  | {
      readonly kind: 'file' | 'folder' | 'link' | 'other';
      /** User id. */
      readonly owner: number;
      /** The code of the error if we may not use it; else null. */
      readonly refusal: string | null;
    };

/** A file system tree: ours, or that of another process. The methods resolve paths in this tree. */
export interface Tree {
  identify(path: string): DirectoryResult;
  /** @param limit in bytes; a longer file is `too_big` */
  readFile(path: string, limit: number): FileResult;
  /** Returns the path in our own tree of a file in this tree. The folder of the file must exist; the file need not. */
  locate(path: string): Result<string>;
  /** Returns the names in a folder: none if the folder does not exist, null if it has more than `most` names. */
  list(path: string, most: number): Result<readonly string[] | null>;
}

/** Owner and mode of a file or folder: who may change it. */
export interface Access {
  /** User id. */
  readonly owner: number;
  /** Group id. */
  readonly group: number;
  /** Permission bits, as `chmod` takes them. */
  readonly mode: number;
}

import type { OwnerRecordFile, RecordFile, StateFile } from './files.js';
import type { HealthAnswer } from './health-answer.js';
import type { RecentAct } from './journal.js';

/** A value that was read, or the reason why it could not be. Could not look is never "nothing there". */
export type Reading<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

export function read<T>(value: T): Reading<T> {
  return { ok: true, value };
}

export function unread(why: string): { readonly ok: false; readonly why: string } {
  return { ok: false, why };
}

/** One listening TCP socket as the kernel lists it. `uid` is the user who opened it. */
export interface ListeningSocket {
  /** Textual IPv4 or IPv6 address, as bound (`127.0.0.1`, `0.0.0.0`, `::1`). */
  readonly address: string;
  readonly port: number;
  readonly inode: number;
  readonly uid: number;
}

/** A directory as the kernel identifies it: same device and inode, same directory, whatever its name. */
export type DirectoryReading =
  | { readonly kind: 'directory'; readonly device: string; readonly inode: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unreadable'; readonly why: string };

/** The command line. `exact` is false where a tool flattened it and element boundaries are a guess. */
export interface Argv {
  readonly elements: readonly string[];
  readonly exact: boolean;
}

export interface ProcessEvidence {
  readonly pid: number;
  readonly parentPid: number;
  /** Kernel clock ticks after boot at which the process started. With the boot id it names one incarnation. */
  readonly startTicks: number;
  /** Effective user id. */
  readonly uid: number;
  readonly argv: Reading<Argv>;
  /** What the kernel runs, symlinks resolved; ends in ` (deleted)` when the file is gone. */
  readonly executable: Reading<string>;
  /** True when it sees the same file system tree as we do (mount namespace and root directory). */
  readonly sharesOurFiles: Reading<boolean>;
  readonly residentBytes: Reading<number>;
  readonly cpuSeconds: Reading<number>;
  readonly startedAt: Reading<string>;
}

/** Who holds a listening socket. Several holders make it ambiguous: there is no single process to judge. */
export type Holder =
  | { readonly kind: 'known'; readonly process: ProcessEvidence }
  | { readonly kind: 'ambiguous'; readonly why: string; readonly pids: readonly number[] }
  | { readonly kind: 'unknown'; readonly why: string };

/** A runtime root: ours, or one that a candidate may be recorded in, read as the candidate itself sees it. */
export interface RootEvidence {
  readonly path: string;
  readonly directory: DirectoryReading;
  readonly stateFile: StateFile;
  readonly recordedProcess: RecordedProcess;
  readonly ownerRecord: OwnerRecordFile;
  readonly records: readonly RecordFile[];
}

/** The PID that a state file names, looked at directly. */
export type RecordedProcess =
  | { readonly kind: 'none' }
  | { readonly kind: 'gone'; readonly pid: number }
  | { readonly kind: 'alive'; readonly pid: number; readonly parentPid: number; readonly isDaemon: boolean }
  | { readonly kind: 'unreadable'; readonly pid: number; readonly why: string };

/** Everything read about one candidate: a socket, never a port number alone. */
export interface ListenerEvidence {
  readonly socket: ListeningSocket;
  /** The address at which a connection reaches exactly this socket; null when there is none. */
  readonly reachedAt: string | null;
  readonly holder: Holder;
  readonly health: HealthAnswer;
  /** The roots it may be recorded in: its marker's, or for a pre-marker daemon those of its environment. */
  readonly roots: Reading<readonly RootEvidence[]>;
}

/** Who looks, and from where. */
export interface Observer {
  readonly pid: number;
  /** Our own PID and those of our ancestors: never a target (pitfall 14). */
  readonly lineage: readonly number[];
  readonly uid: number;
  readonly user: string;
  readonly executable: string;
  readonly packageVersion: string;
  readonly machine: MachineIdentity;
}

/** What a PID, a port and a boot time are relative to. */
export interface MachineIdentity {
  readonly machineId: string;
  readonly bootId: string;
  readonly networkNamespace: string;
}

/** The whole of what the facts stage read. Plain data: it can be saved and judged again elsewhere. */
export interface Facts {
  readonly collector: 'procfs';
  readonly observer: Observer;
  /** The nonce sent with every health question of this scan. Not a secret. */
  readonly challenge: string;
  /** Our own runtime root. */
  readonly root: RootEvidence;
  /** What was done in it before, newest first. */
  readonly recentActs: readonly RecentAct[];
  /** Listening sockets in the sync range, or why they could not be listed. */
  readonly listeners: Reading<readonly ListenerEvidence[]>;
}

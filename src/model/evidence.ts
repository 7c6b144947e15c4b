import { HERE } from './platform.js';
import type { Family } from './family.js';
import type { Access, OwnerRecordFile, RecordFile, StateFile } from './files.js';
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

/**
 * Where facts come from. `procfs` reads the kernel's own tables, exactly. `systeminformation` reads what `ss`, `netstat`
 * and `ps` print, which is flattened: it can show a daemon on any system, and never prove or hold one.
 */
export const COLLECTORS = ['procfs', 'systeminformation'] as const;
export type CollectorName = (typeof COLLECTORS)[number];
export const DEFAULT_COLLECTOR: CollectorName = HERE.canAct ? 'procfs' : 'systeminformation';

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
export type DirectoryReading =
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
  readonly argv: Reading<Argv>;
  readonly executable: Reading<string>;
  readonly residentBytes: Reading<number>;
  readonly cpuSeconds: Reading<number>;
  readonly startedAt: Reading<string>;
}

/** A process as the kernel itself attests it. `executable` has symlinks resolved, and ends in ` (deleted)` when gone. */
export interface ProcessEvidence extends ProcessDescription {
  readonly parentPid: number;
  /** Kernel clock ticks after boot at which the process started. With the boot id it names one incarnation. */
  readonly startTicks: number;
  /** Effective user id. */
  readonly uid: number;
  /** True when it sees the same file system tree as we do (mount namespace and root directory). */
  readonly sharesOurFiles: Reading<boolean>;
  /** True when a PID that it writes down means the same process to us (PID namespace). */
  readonly sharesOurPids: Reading<boolean>;
}

/** Who holds a listening socket. Several holders make it ambiguous: there is no single process to judge. */
export type Holder =
  | { readonly kind: 'known'; readonly process: ProcessEvidence }
  /** A tool names a process and describes it in flattened text. Whatever acts needs `known`, so it can only be shown. */
  | { readonly kind: 'described'; readonly process: ProcessDescription; readonly why: string }
  | { readonly kind: 'ambiguous'; readonly why: string; readonly pids: readonly number[] }
  | { readonly kind: 'unknown'; readonly why: string };

/** The one process that is named as the holder, by whomever. For showing and for protecting, never for acting. */
export function processOf(holder: Holder): ProcessDescription | null {
  return holder.kind === 'known' || holder.kind === 'described' ? holder.process : null;
}

/**
 * A root: the runtime root of a user (sync) or a project (dashboard). Ours, or one that a candidate may be recorded in,
 * read as the candidate itself sees it.
 */
export interface RootEvidence {
  readonly path: string;
  /** False where `path` leads through another mount namespace or root directory: here it may lead to other files. */
  readonly inOurTree: boolean;
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
  /**
   * The roots it may be recorded in: its marker's, or for a pre-marker daemon those of its environment; then, where it is
   * another, the one that its open log lies in.
   */
  readonly roots: Reading<readonly RootEvidence[]>;
}

/** Who looks, and from where. */
export interface Observer {
  readonly pid: number;
  /** Our own PID and those of our ancestors: never a target (pitfall 14). Empty when nobody listens. */
  readonly lineage: readonly number[];
  readonly uid: number;
  readonly user: string;
  readonly executable: string;
  readonly packageVersion: string;
  /** As Node names it: `linux`, `darwin`, `win32`. */
  readonly platform: string;
  readonly machine: MachineIdentity;
}

/** What a PID, a port and a boot time are relative to. A part that could not be read is null, and equals nobody's. */
export interface MachineIdentity {
  readonly machineId: string | null;
  readonly bootId: string | null;
  readonly networkNamespace: string | null;
}

/** The whole of what the facts stage read. Plain data: it can be saved and judged again elsewhere. */
export interface Facts {
  /** Whose ports were looked at. Nothing of the other family's was. */
  readonly family: Family;
  readonly collector: CollectorName;
  readonly observer: Observer;
  /** The nonce sent with every health question of this scan; empty when nobody was there to ask. Not a secret. */
  readonly challenge: string;
  /** Our own root: the runtime root, or the project. */
  readonly root: RootEvidence;
  /** What was done in it before, newest first. */
  readonly recentActs: readonly RecentAct[];
  /** Listening sockets in the family's range, or why they could not be listed. */
  readonly listeners: Reading<readonly ListenerEvidence[]>;
  /**
   * How many more sockets of other users listen there. They were counted and not looked at: others decide how many there
   * are, and a look has a deadline. Absent where there are none.
   */
  readonly furtherListeners?: number;
}

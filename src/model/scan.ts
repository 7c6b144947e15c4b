import type {
  DirectoryResult,
  ListeningSocket,
  MachineIdentity,
  ProcessDescription,
  ProcessEvidence,
  VisibleProcesses,
} from './evidence.js';
import type { Family } from './family.js';
import type { RecentAct } from './journal.js';
import type { Result } from './result.js';
import type { OwnerBlock, OwnerRecordFile, RecordFile, StateFile } from './root.js';

/**
 * The collectors, which read listeners (ADR 3). `procfs` (Linux) and `libproc` (macOS) read the kernel's tables, with
 * exact arguments. `systeminformation` parses what `ss`, `netstat` and `ps` print, where argument boundaries are lost: enough to report
 * a daemon on any system, never enough to retire it.
 */
export const COLLECTORS = ['procfs', 'libproc', 'systeminformation'] as const;

export type CollectorName = (typeof COLLECTORS)[number];

/** The process that owns a listening socket. `ambiguous`: several own it, so there is no single process to judge. */
export type SocketOwner = { readonly kind: 'known'; readonly process: ProcessEvidence } | UnprovenOwner;

/** A listening socket whose owner is not known for certain. */
export type UnprovenOwner =
  /** A process that a tool names, with its arguments as one text. It can be reported; only a `known` one is retired. */
  | { readonly kind: 'described'; readonly process: ProcessDescription; readonly why: string }
  | { readonly kind: 'ambiguous'; readonly why: string; readonly pids: readonly number[] }
  | { readonly kind: 'unknown'; readonly why: string };

/**
 * Returns the process that a collector names as the owner, or null. Used to report or protect it, never to retire it.
 */
export function processOf(holder: SocketOwner): ProcessDescription | null {
  return holder.kind === 'known' || holder.kind === 'described' ? holder.process : null;
}

/**
 * The files of a root: the runtime root of a user (sync) or a project (dashboard). This is our own root, or a root
 * whose state file may name a candidate; the latter is read through that candidate's mount namespace.
 */
export interface RootEvidence {
  readonly path: string;
  /** False if `path` was resolved in another mount namespace or root directory. Here the path may name other files. */
  readonly inOurTree: boolean;
  readonly directory: DirectoryResult;
  readonly stateFile: StateFile;
  readonly recordedProcess: RecordedProcess;
  /** Present if the daemon that the state file names declared a lock, and nothing has this lock: it has ended. */
  readonly isRecordedDaemonGone?: true;
  /**
   * The PID here of the daemon that the state file names, if the daemon was found by its command line although nothing
   * listens on its port here: it runs in another network namespace. For a file that cannot be parsed, the PID of a
   * process that may be the daemon, although no listener may.
   */
  readonly recordedDaemonPid?: number;
  /**
   * Present if the root is on a known local file system, so that only this kernel has the files open. Absent also if the
   * root has no state file.
   */
  readonly isOnLocalFileSystem?: true;
  readonly ownerRecord: OwnerRecordFile;
  readonly records: readonly RecordFile[];
}

/** The process whose PID the state file names. */
export type RecordedProcess =
  | { readonly kind: 'none' }
  | { readonly kind: 'gone'; readonly pid: number }
  | {
      readonly kind: 'alive';
      readonly pid: number;
      readonly parentPid: number;
      /** Whether its command line is that of a daemon; null if that is unknown, as for a process of another user. */
      readonly isDaemon: boolean | null;
    }
  | { readonly kind: 'unreadable'; readonly pid: number; readonly why: string };

/** @public named so that the generated JSON Schema has a stable name for it */
export type Roots = readonly RootEvidence[];

/** Everything that was read about one candidate. A candidate is a socket; one port may have several (pitfall 8). */
export interface ListenerEvidence {
  readonly socket: ListeningSocket;
  /** The address at which a connection reaches this socket and no other; null if there is no such address. */
  readonly reachedAt: string | null;
  readonly holder: SocketOwner;
  readonly health: HealthAnswer;
  /**
   * The roots whose state file may name this listener. First the root in argv, or for a pre-marker daemon the roots in
   * its environment; then, if different, the root that holds the daemon's open log file.
   */
  readonly roots: Result<Roots>;
}

/** @public named so that the generated JSON Schema has a stable name for it */
export type Listeners = readonly ListenerEvidence[];

/** The process that scans, and its machine. */
export interface ScanContext {
  readonly pid: number;
  /** Our PID and those of our ancestors, which are never targets (pitfall 14). Empty when there is no listener. */
  readonly lineage: readonly number[];
  readonly uid: number;
  readonly user: string;
  readonly executable: string;
  readonly packageVersion: string;
  /** As Node names it: `linux`, `darwin`, `win32`. */
  readonly platform: string;
  readonly machine: MachineIdentity;
  /** Absent in scans that were saved by versions up to 3.3.0. */
  readonly visibleProcesses?: VisibleProcesses;
  /** Why no daemon is asked to stop and none is signalled, although daemons can be proven. Absent where that is done. */
  readonly notActing?: string;
}

/** A collector that the kernel did not answer as expected. */
export interface FailedCollector {
  readonly name: CollectorName;
  readonly why: string;
}

/** Everything that one scan read. Plain data: it can be saved, and judged again on another machine. */
export interface Scan {
  /** The family whose ports were scanned. The other family's ports were not read (C-002). */
  readonly family: Family;
  readonly collector: CollectorName;
  /** Which collector did not pass its self-test, so that `collector` scanned instead. Absent if it was the one asked for. */
  readonly insteadOf?: FailedCollector;
  readonly context: ScanContext;
  /** The nonce in every health request of this scan; empty when there was no listener. Not a secret. */
  readonly challenge: string;
  /** Our own root: the runtime root, or the project. */
  readonly root: RootEvidence;
  /** The last journal entries of this root, newest first. */
  readonly recentActs: readonly RecentAct[];
  /** The listening sockets in the family's range, or why they could not be listed. */
  readonly listeners: Result<Listeners>;
  /**
   * Number of listening sockets of other users that were counted and not read: other users can open any number of them,
   * and a scan must end in time. Absent if zero.
   */
  readonly furtherListeners?: number;
}

/**
 * The response to `GET /api/health`. It can confirm or contradict what the kernel says; it never names a process
 * (pitfall 7).
 */
export type HealthAnswer =
  /**
   * No request. `shortOf`: the error code if our own process lacked a resource, which says nothing about the listener.
   */
  | { readonly kind: 'not_asked'; readonly why: string; readonly shortOf?: string }
  /** No complete answer before the deadline, or no connection. */
  | { readonly kind: 'silent'; readonly why: string }
  /** An answer that is no health document. */
  | { readonly kind: 'foreign'; readonly why: string }
  | { readonly kind: 'answered'; readonly body: HealthBody };

/** The fields of a health document that this program reads. An absent field, or one of an unexpected type, is null. */
export interface HealthBody {
  readonly status: string | null;
  readonly token: string | null;
  readonly protocolVersion: number | null;
  readonly packageVersion: string | null;
  readonly daemonFamily: string | null;
  readonly singletonScopeId: string | null;
  /** Whether `project_path` is present, with any value: only dashboards send it. */
  readonly hasProjectPath: boolean;
  readonly projectPath: string | null;
  readonly sync: { readonly running: boolean | null } | null;
  readonly owner: OwnerBlock | null;
  /** The answer of a daemon of ours to the challenge in the request. */
  readonly proof: string | null;
}

/** The request header with the challenge that a daemon of ours answers. Other daemons ignore it. */
export const CHALLENGE_HEADER = 'X-Spec-Kitty-Challenge';

/** The health document of our sync daemon: the fields of released daemons, without the token (pitfall 31). */
export interface HealthDocument {
  readonly status: 'ok';
  readonly protocol_version: number;
  readonly package_version: string;
  readonly daemon_family: 'sync';
  readonly singleton_scope_id: string;
  /**
   * `running` is true while a batch of events is in flight. In released daemons it means that the service was started.
   */
  readonly sync: {
    readonly running: boolean;
    readonly last_sync: string | null;
    readonly consecutive_failures: number;
  };
  /** The answer to the challenge in the request; null if the request had none. */
  readonly proof: string | null;
}

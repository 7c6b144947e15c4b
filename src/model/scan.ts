import type {
  DirectoryResult,
  ListeningSocket,
  MachineIdentity,
  ProcessDescription,
  ProcessEvidence,
} from './evidence.js';
import type { Family } from './family.js';
import type { RecentAct } from './journal.js';
import {} from './product.js';
import type { Result } from './result.js';
import type { OwnerBlock, OwnerRecordFile, RecordFile, StateFile } from './root.js';

/**
 * Where facts come from. `procfs` reads the kernel's own tables, exactly. `systeminformation` reads what `ss`, `netstat`
 * and `ps` print, which is flattened: it can show a daemon on any system, and never prove or hold one.
 */
export const COLLECTORS = ['procfs', 'systeminformation'] as const;

export type CollectorName = (typeof COLLECTORS)[number];

/** Who holds a listening socket. Several holders make it ambiguous: there is no single process to judge. */
export type SocketOwner =
  | { readonly kind: 'known'; readonly process: ProcessEvidence }
  /** A tool names a process and describes it in flattened text. Whatever acts needs `known`, so it can only be shown. */
  | { readonly kind: 'described'; readonly process: ProcessDescription; readonly why: string }
  | { readonly kind: 'ambiguous'; readonly why: string; readonly pids: readonly number[] }
  | { readonly kind: 'unknown'; readonly why: string };

/** The one process that is named as the holder, by whomever. For showing and for protecting, never for acting. */
export function processOf(holder: SocketOwner): ProcessDescription | null {
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
  readonly directory: DirectoryResult;
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
  readonly holder: SocketOwner;
  readonly health: HealthAnswer;
  /**
   * The roots it may be recorded in: its marker's, or for a pre-marker daemon those of its environment; then, where it is
   * another, the one that its open log lies in.
   */
  readonly roots: Result<readonly RootEvidence[]>;
}

/** Who looks, and from where. */
export interface ScanContext {
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

/** The whole of what the facts stage read. Plain data: it can be saved and judged again elsewhere. */
export interface Scan {
  /** Whose ports were looked at. Nothing of the other family's was. */
  readonly family: Family;
  readonly collector: CollectorName;
  readonly context: ScanContext;
  /** The nonce sent with every health question of this scan; empty when nobody was there to ask. Not a secret. */
  readonly challenge: string;
  /** Our own root: the runtime root, or the project. */
  readonly root: RootEvidence;
  /** What was done in it before, newest first. */
  readonly recentActs: readonly RecentAct[];
  /** Listening sockets in the family's range, or why they could not be listed. */
  readonly listeners: Result<readonly ListenerEvidence[]>;
  /**
   * How many more sockets of other users listen there. They were counted and not looked at: others decide how many there
   * are, and a look has a deadline. Absent where there are none.
   */
  readonly furtherListeners?: number;
}

/** What came back from `GET /api/health`. A reply can agree or disagree; it never names a process. */
export type HealthAnswer =
  /** `shortOf`: what we ran out of ourselves, by the name of the error; it says nothing of the listener. */
  | { readonly kind: 'not_asked'; readonly why: string; readonly shortOf?: string }
  /** No complete answer before the deadline, or no connection. */
  | { readonly kind: 'silent'; readonly why: string }
  /** Something answered, and not with a health document. */
  | { readonly kind: 'foreign'; readonly why: string }
  | { readonly kind: 'answered'; readonly body: HealthBody };

/** The fields of a health document that anyone reads, as they came. Absent, or not of a plain type, is null. */
export interface HealthBody {
  readonly status: string | null;
  readonly token: string | null;
  readonly protocolVersion: number | null;
  readonly packageVersion: string | null;
  readonly daemonFamily: string | null;
  readonly singletonScopeId: string | null;
  /** The fingerprint of a dashboard: present with any value at all. */
  readonly hasProjectPath: boolean;
  readonly projectPath: string | null;
  readonly sync: { readonly running: boolean | null } | null;
  readonly owner: OwnerBlock | null;
  /** Answer of one of our own daemons to the challenge sent with the question. */
  readonly proof: string | null;
}

/** Header that carries the nonce a daemon of ours proves itself with; others do not know it and ignore it. */
export const CHALLENGE_HEADER = 'X-Spec-Kitty-Challenge';

/** What a daemon of ours answers: the fields that released ones use, and no token. */
export interface HealthDocument {
  readonly status: 'ok';
  readonly protocol_version: number;
  readonly package_version: string;
  readonly daemon_family: 'sync';
  readonly singleton_scope_id: string;
  /** Unlike in released daemons, `running` is true exactly while a batch of events is in flight. */
  readonly sync: {
    readonly running: boolean;
    readonly last_sync: string | null;
    readonly consecutive_failures: number;
  };
  /** Null where no challenge came with the question. */
  readonly proof: string | null;
}

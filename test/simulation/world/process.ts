import type { Suspension } from '../../../src/model/evidence.js';
import type { FileNode, FileTree, OpenFile } from './files.js';

/** A process of the model. One object is one incarnation: a later process with the same PID is another object. */
export interface Process {
  /** Unique in a run, also when the PID is reused. */
  readonly serial: number;
  readonly pid: number;
  readonly startTicks: number;
  /** A number that it gets when it starts, and again when it runs another program (macOS). */
  version: number;
  readonly bornAt: number;
  /** Its name in traces. */
  readonly name: string;
  parent: number;
  session: number;
  uid: number;
  argv: readonly string[];
  executable: string;
  environment: Readonly<Record<string, string>>;
  tree: FileTree;
  network: string;
  /** A zombie has exited and keeps its PID; a reaped process is gone. */
  state: 'running' | 'zombie' | 'reaped';
  /** Whether its parent reaps it at once when it exits. */
  isReapedAtOnce: boolean;
  suspension: Suspension | null;
  /** What a sandbox hides of it from our programs (macOS). */
  hidden: 'nothing' | 'descriptors' | 'everything';
  readonly sockets: Set<Socket>;
  /** Inodes of all sockets that it ever had open. */
  readonly hadOpen: Set<number>;
  /** Ports of all sockets that it ever had open. */
  readonly hadPorts: Set<number>;
  readonly openFiles: Set<OpenFile>;
  /** Path of the log that is its standard output, or null. */
  log: string | null;
  /** What it is in truth, which no reading of the product decides. */
  role: Role;
  activity: { cpuTicks: number; contextSwitches: number; bytesRead: number };
  /** Other processes' connections to it. */
  inbound: number;
  /** Whether a process that obeys the protocol has started it and not recorded it yet. */
  isBeingStarted: boolean;
  /** The state file in which its starter has recorded it, under the start lock; null if there is none. */
  recordedIn: FileNode | null;
  /** Step at which SIGTERM made it responsive when it was wedged, or null. */
  wokenAt: number | null;
  /** Requests that it got while it was wedged. */
  readonly unanswered: (() => void)[];
  /** Who ended it, for traces and properties; null while it runs. */
  endedBy: string | null;
  /** Step at which it ended. */
  endedAt: number;
}

export interface Socket {
  readonly inode: number;
  readonly address: string;
  readonly port: number;
  readonly uid: number;
  readonly network: string;
  readonly owners: Set<Process>;
  /** Whether the next read of the kernel's table misses its row. */
  isHidden: boolean;
  /** Whether its row was ever hidden: then nobody can know that the socket exists. */
  wasHidden: boolean;
}

/** What a process is and how it behaves. */
export interface Role {
  readonly kind: RoleKind;
  /** A daemon of the sync family, started by a release or by this program. */
  readonly daemon: DaemonRole | null;
  readonly exitMs: number;
  readonly answerMs: number;
  readonly refusesRequests: boolean;
  readonly ignoresTerm: boolean;
  /** `wedged`: it never answers again. `busy`: it works and answers later. */
  /** Whether SIGTERM makes a wedged process responsive. */
  readonly wakes: boolean;
  readonly mode: 'responsive' | 'busy' | 'wedged';
  /** A relay passes requests on to this port; null for any other process. */
  readonly relaysTo: number | null;
}

type RoleKind = 'daemon' | 'web server' | 'silent' | 'dashboard' | 'relay' | 'impostor' | 'editor' | 'other';

export interface DaemonRole {
  readonly generation: 'pre-marker' | 'marked' | 'own';
  readonly version: string;
  readonly port: number;
  /** Token of a released daemon, secret of a daemon of ours. */
  readonly secret: string;
  /** Id of a daemon of ours. */
  readonly id: string | null;
  /** Path of its root in its own tree. */
  readonly root: string;
  /** Whether its answer contradicts its command line. */
  readonly lies: boolean;
}

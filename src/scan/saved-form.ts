import type { ListeningSocket, ProcessEvidence } from '../model/evidence.js';
import type { Family } from '../model/family.js';
import type { RecentAct } from '../model/journal.js';
import { decimalOf, opaqueIdOf } from '../model/opaque-id.js';
import { err, ok, type Result } from '../model/result.js';
import type { IdentityRecordFile, UnusableRecord } from '../model/root.js';
import type {
  CollectorName,
  FailedCollector,
  ListenerEvidence,
  RootEvidence,
  Roots,
  Scan,
  ScanContext,
  UnprovenOwner,
} from '../model/scan.js';

/**
 * The format of a saved scan. Its field names do not change: all versions since 3.3.0 read and write them. 3.3.0 has
 * sockets and start times as numbers, so an id that is no number has a field of its own beside them. 3.3.0 refuses a
 * scan with such a field, as it refuses one by a collector that it does not have.
 * @public schemas/facts.schema.json is generated from it
 */
export interface SavedScan {
  readonly family: Family;
  readonly collector: CollectorName;
  /** Which collector did not pass its self-test, so that `collector` scanned instead. Absent if it was the one asked for. */
  readonly insteadOf?: FailedCollector;
  /** The process and machine that scanned. */
  readonly observer: ScanContext;
  /** The nonce sent in every health request of this scan; empty if there was no listener. Not a secret. */
  readonly challenge: string;
  readonly root: SavedRoot;
  readonly recentActs: readonly RecentAct[];
  /** The listening sockets in the family's range, or why they could not be listed. */
  readonly listeners: Result<SavedListeners>;
  /** How many further listening sockets of other users were counted but not inspected; absent if zero. */
  readonly furtherListeners?: number;
}

/** @public named so that the generated JSON Schema has a stable name for it */
export type SavedListeners = readonly SavedListener[];

/** Everything that was read about one candidate. A candidate is a socket; one port may have several (pitfall 8). */
interface SavedListener extends Omit<ListenerEvidence, 'socket' | 'holder' | 'roots'> {
  readonly socket: SavedSocket;
  readonly holder: SavedOwner;
  /**
   * The roots whose state file may name this listener. First the root in argv, or for a pre-marker daemon the roots in
   * its environment; then, if different, the root that holds the daemon's open log file.
   */
  readonly roots: Result<SavedRoots>;
}

/** @public named so that the generated JSON Schema has a stable name for it */
export type SavedRoots = readonly SavedRoot[];

/** One listening TCP socket. */
interface SavedSocket extends Omit<ListeningSocket, 'id'> {
  /** The kernel's inode number (Linux); a later socket on the port has a different one. */
  readonly inode: number | null;
  /** What the kernel identifies the socket by, on a system whose ids are no decimal numbers. */
  readonly id?: string;
}

/** An incarnation of a process: the start time, or the text beside it. */
interface SavedIncarnation {
  /** Start time in kernel clock ticks since boot (Linux); else null. */
  readonly startTicks: number | null;
  /** What identifies the process among those with its PID, on a system whose ids are no decimal numbers. */
  readonly incarnation?: string;
}

/** The process that owns a listening socket. */
type SavedOwner = { readonly kind: 'known'; readonly process: SavedProcess } | UnprovenOwner;

/** A process as the kernel describes it. */
interface SavedProcess extends Omit<ProcessEvidence, 'incarnation'>, SavedIncarnation {}

/** The files of a root, ours or one whose state file may name a candidate. */
interface SavedRoot extends Omit<RootEvidence, 'records'> {
  readonly records: readonly SavedRecordFile[];
}

/** A file in the folder of identity records: a record (ADR 1, "record"), or why it cannot be used. */
type SavedRecordFile =
  UnusableRecord | { readonly kind: 'read'; readonly file: string; readonly record: SavedRecord };

/** An identity record. Instead of the secret it holds the proof that is computed from the secret. */
interface SavedRecord extends Omit<IdentityRecordFile, 'incarnation'>, SavedIncarnation {}

/** Turns a scan into the file format. */
export function toSavedScan({ context, root, listeners, ...scan }: Scan): SavedScan {
  return {
    ...scan,
    root: savedRoot(root),
    listeners: listeners.ok ? ok(listeners.value.map(savedListener)) : listeners,
    observer: context,
  };
}

function savedListener({ socket, holder, roots, ...listener }: ListenerEvidence): SavedListener {
  const { id, ...address } = socket;
  const inode = id === null ? null : decimalOf(id);
  return {
    ...listener,
    socket: { ...address, inode, ...(inode === null && id !== null && { id }) },
    holder:
      holder.kind === 'known' ? { kind: 'known', process: withSavedIncarnation(holder.process) } : holder,
    roots: roots.ok ? ok(roots.value.map(savedRoot)) : roots,
  };
}

function savedRoot({ records, ...root }: RootEvidence): SavedRoot {
  return {
    ...root,
    records: records.map((file) =>
      file.kind === 'read' ? { ...file, record: withSavedIncarnation(file.record) } : file,
    ),
  };
}

function withSavedIncarnation<T extends { readonly incarnation: string }>({
  incarnation,
  ...others
}: T): Omit<T, 'incarnation'> & SavedIncarnation {
  const startTicks = decimalOf(incarnation);
  return { ...others, startTicks, ...(startTicks === null && { incarnation }) };
}

/** Turns the content of a file into a scan. @returns an error for a process that neither field identifies */
export function fromSavedScan({ observer, root, listeners, ...scan }: SavedScan): Result<Scan> {
  try {
    return ok({
      ...scan,
      context: observer,
      root: readRoot(root),
      listeners: listeners.ok ? ok(listeners.value.map(readListener)) : listeners,
    });
  } catch (error) {
    if (error instanceof NotIdentified) return err(error.message);
    throw error;
  }
}

class NotIdentified extends Error {}

function readListener({ socket, holder, roots, ...listener }: SavedListener): ListenerEvidence {
  const { inode, id, ...address } = socket;
  return {
    ...listener,
    socket: { ...address, id: opaqueIdOf(inode, id) },
    holder: holder.kind === 'known' ? { kind: 'known', process: withIncarnation(holder.process) } : holder,
    roots: roots.ok ? ok<Roots>(roots.value.map(readRoot)) : roots,
  };
}

function readRoot({ records, ...root }: SavedRoot): RootEvidence {
  return {
    ...root,
    records: records.map((file) =>
      file.kind === 'read' ? { ...file, record: withIncarnation(file.record) } : file,
    ),
  };
}

function withIncarnation<T extends SavedIncarnation>({
  startTicks,
  incarnation: text,
  ...others
}: T): Omit<T, keyof SavedIncarnation> & { readonly incarnation: string } {
  const incarnation = opaqueIdOf(startTicks, text);
  if (incarnation === null) throw new NotIdentified('a process has neither startTicks nor incarnation');
  return { ...others, incarnation };
}

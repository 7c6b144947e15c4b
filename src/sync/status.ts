import { join } from 'node:path';
import type { StartupOutcome } from '../daemon/outcome.js';
import type { IdentifiedScan } from '../examine.js';
import type { Machine, Observer } from '../machine/machine.js';
import type { QueueFailure } from '../machine/sqlite.js';
import { integerOf, objectOf, textOf } from '../model/json.js';
import type { FailedEntry, SweptEntry } from '../model/outcome.js';
import { ROOT_FILES } from '../model/root.js';
import { recordedDaemon } from '../report/build.js';
import type { ReportDaemon } from '../report/report.js';
import { shellQuote } from '../text/terminal.js';
import { queueScope } from './account.js';
import {
  DRAIN_ENDS,
  type IdleReason,
  type LastDrain,
  type QueueScope,
  type QueueState,
  type SetAsideCounts,
} from './queue.js';
import { readSetAsideCounts } from './set-aside.js';

const LONGEST_LAST_DRAIN = 64 * 1024;

/** What was seen around a root, with its queue and its last drain, for the folder that we run in. Changes nothing. */
export async function syncStatusOf(
  machine: Machine,
  around: IdentifiedScan,
  environment: NodeJS.ProcessEnv,
): Promise<SyncStatusReport> {
  const root = around.scan.root.path;
  const scope = queueScope(machine.observer, root, environment, machine.observer.self.workingDirectory());
  return {
    schema_version: 1,
    command: 'sync status',
    daemon: recordedDaemon(around),
    queue: await describeQueue(machine, root, scope),
    last_drain: readLastDrain(machine.observer, root),
  };
}

/** Why nothing is sent; null where it is. */
export function idleIn(observer: Observer, root: string, environment: NodeJS.ProcessEnv): SyncQueue['idle'] {
  return idlenessOf(queueScope(observer, root, environment, observer.self.workingDirectory()));
}

function idlenessOf(scope: QueueScope): SyncQueue['idle'] {
  return scope.kind === 'idle' ? { why: scope.why, detail: scope.detail } : null;
}

async function describeQueue(machine: Machine, root: string, scope: QueueScope): Promise<SyncQueue> {
  const { queuePath: path } = scope;
  const idle = idlenessOf(scope);
  const nothing = { pending: null, oldest_at: null, set_aside: null, unreadable: null, next_step: null };
  const unknown = { path, idle, ...nothing };
  if (path === null) return unknown;
  const state = await queueState(machine, root, path);
  switch (state.kind) {
    case 'absent':
      return { ...unknown, pending: 0 };
    case 'unreadable':
      return { ...unknown, unreadable: state.why, next_step: queueRemedy(path, state) };
    case 'read': {
      const { pending, oldestTimestamp, setAside } = state;
      return { ...unknown, pending, oldest_at: timeOf(oldestTimestamp), set_aside: setAside };
    }
  }
}

/** Seconds since 1970, as whoever wrote the event gave them; what is no time is not shown as one. */
function timeOf(seconds: number | null): string | null {
  if (seconds === null || !Number.isFinite(seconds)) return null;
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

/** What the daemon wrote of its last drain. It is only shown, so what cannot be read is as good as none. */
function readLastDrain(observer: Observer, root: string): LastDrain | null {
  const file = observer.files.read(join(root, ROOT_FILES.lastDrain), LONGEST_LAST_DRAIN);
  if (file.kind !== 'read') return null;
  try {
    return lastDrainFrom(objectOf(JSON.parse(file.text)));
  } catch {
    return null;
  }
}

/** Field by field: what else stands in the file is not for showing. */
function lastDrainFrom(fields: Record<string, unknown> | null): LastDrain | null {
  const at = textOf(fields?.['at']);
  const end = DRAIN_ENDS.find((name) => name === fields?.['end']);
  const [requests, sent, acknowledged, setAside] = ['requests', 'sent', 'acknowledged', 'set_aside'].map(
    (name) => integerOf(fields?.[name]),
  );
  if (at === null || end === undefined || requests == null || sent == null) return null;
  if (acknowledged == null || setAside == null) return null;
  return { at, end, detail: textOf(fields?.['detail']), requests, sent, acknowledged, set_aside: setAside };
}

/**
 * The documents of `sync … --json`, described by `schemas/sync-report.schema.json`. Nothing in them is a secret.
 * @public the schema is made from it
 */
export type SyncReport = SyncStartReport | SyncStopReport | SyncStatusReport;

export interface SyncStartReport {
  readonly schema_version: 1;
  readonly command: 'sync now' | 'sync start';
  readonly outcome: StartupOutcome;
  /** Whether the daemon took the request to drain; `not_asked` where there is none, or nobody wants it. */
  readonly drain: 'requested' | 'refused' | 'not_asked';
  /** Why one of ours, started from here, sends nothing; null where it does, and where no start was made. */
  readonly idle: SyncQueue['idle'];
}

export interface SyncStopReport {
  readonly schema_version: 1;
  readonly command: 'sync stop';
  /** What the state file of this root named before; null where nothing was recorded. */
  readonly daemon: ReportDaemon | null;
  /** The recorded daemon, once it has left; null where nobody did. */
  readonly stopped: SweptEntry | null;
  readonly failed: FailedEntry | null;
}

export interface SyncStatusReport {
  readonly schema_version: 1;
  readonly command: 'sync status';
  /** What the state file of this root names; null where nothing is recorded. */
  readonly daemon: ReportDaemon | null;
  readonly queue: SyncQueue;
  readonly last_drain: LastDrain | null;
}

export interface SyncQueue {
  /** Null where it is not known whose queue it is. */
  readonly path: string | null;
  /** Why nothing is sent; null where it is. As this command's environment has it: a daemon may have been given another. */
  readonly idle: { readonly why: IdleReason; readonly detail: string } | null;
  /** Events in the file, those set aside among them; null where it could not be read. */
  readonly pending: number | null;
  readonly oldest_at: string | null;
  readonly set_aside: SetAsideCounts | null;
  readonly unreadable: string | null;
  /** What helps where it could not be read; else null. */
  readonly next_step: string | null;
}

/**
 * What waits in a queue file, for `sync status`. Reads only, and makes no file; waits for a locked one for at most five
 * seconds. Never rejects.
 */
export async function queueState(machine: Machine, root: string, queuePath: string): Promise<QueueState> {
  const counted = await machine.actor.database(queuePath, 'read', ({ rows }) => {
    const [row] = rows(COUNT);
    return row as { pending: bigint; oldest: bigint | number | null };
  });
  if (counted.kind === 'absent') return counted;
  if (counted.kind === 'failed') return { ...counted, kind: 'unreadable' };
  const { pending, oldest } = counted.value;
  return {
    kind: 'read',
    pending: Number(pending),
    oldestTimestamp: oldest === null ? null : Number(oldest),
    setAside: readSetAsideCounts(machine.observer, root, queuePath),
  };
}

const COUNT = `
  SELECT count(*) AS pending,
         min(timestamp) FILTER (WHERE typeof(timestamp) IN ('integer', 'real')) AS oldest
  FROM queue`;

/** The step that helps where the queue file could not be read. */
function queueRemedy(path: string, { cause }: QueueFailure): string {
  switch (cause) {
    case 'no_queue':
      return `mv -- ${shellQuote(path)} ${shellQuote(`${path}.unusable`)}  # puts it aside; its events are not uploaded, and the next event starts a new file`;
    case 'locked':
      return `fuser -v ${shellQuote(path)}  # names the programs that have it open`;
    case 'not_permitted':
      return 'let this user read and write the file and its folder';
    case 'no_binding':
      return 'install spec-kitty again with its optional package libsql';
    case 'exhausted':
    case 'other':
      return 'repair what the error names, and run it again';
  }
}

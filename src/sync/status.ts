import { dirname, join } from 'node:path';
import type { StartupOutcome } from '../daemon/outcome.js';
import { explainPath } from '../enforcement/root-problem.js';
import type { IdentifiedScan } from '../examine.js';
import { thisProgram } from '../invocation.js';
import type { Machine, Observer } from '../machine/machine.js';
import type { QueueFailure } from '../machine/sqlite.js';
import type { ForgetReport } from '../model/forgotten.js';
import { integerOf, objectOf, textOf } from '../model/json.js';
import type { FailedEntry, SweptEntry } from '../model/outcome.js';
import { remedyText } from '../model/root-problem.js';
import { ROOT_FILES } from '../model/root.js';
import {
  DRAIN_ENDS,
  type IdleReason,
  type LastDrain,
  type SetAsideCounts,
  type SyncQueue,
} from '../model/upload.js';
import { recordedDaemon } from '../report/build.js';
import { isLiveElsewhere } from '../report/report-input.js';
import type { ReportDaemon } from '../report/report.js';
import { inertName, shellQuote } from '../text/terminal.js';
import { queueScope, type QueueScope } from './account.js';
import { readSetAsideCounts } from './set-aside.js';

const MAX_LAST_DRAIN_BYTES = 64 * 1024;

/**
 * Builds the report of `sync status`: daemon, queue and last drain. An opt-out counts if it applies to the working
 * directory. Reads only.
 */
export async function syncStatusOf(
  machine: Machine,
  identified: IdentifiedScan,
  environment: NodeJS.ProcessEnv,
): Promise<SyncStatusReport> {
  const root = identified.scan.root.path;
  const scope = queueScope(machine.observer, root, environment, machine.observer.self.workingDirectory());
  return {
    schema_version: 1,
    command: 'sync status',
    daemon: recordedDaemon(identified),
    other_daemons: countOtherDaemons(identified),
    queue: await describeQueue(machine, root, scope),
    last_drain: readLastDrain(machine.observer, root),
  };
}

/** Counts the sync daemons of this user that are not proven to be in use, in this root or another: orphans, perhaps. */
function countOtherDaemons({ scan, candidates }: IdentifiedScan): number | null {
  if (!scan.listeners.ok) return null;
  const others = candidates.filter(
    (candidate) =>
      candidate.shape !== null &&
      candidate.facts.owner_user === 'same' &&
      candidate.facts.recorded_singleton !== 'yes' &&
      !isLiveElsewhere(candidate),
  );
  return new Set(others.map(({ identity }) => identity.pid)).size;
}

/** Determines why no event is sent from the working directory; null if events are sent. */
export function idleIn(observer: Observer, root: string, environment: NodeJS.ProcessEnv): SyncQueue['idle'] {
  return idlenessOf(observer, queueScope(observer, root, environment, observer.self.workingDirectory()));
}

function idlenessOf(observer: Observer, scope: QueueScope): SyncQueue['idle'] {
  if (scope.kind !== 'idle') return null;
  return { why: scope.why, detail: scope.detail, next_step: idleRemedy(observer, scope.why) };
}

/** Returns the step after which events are sent. Only the Python CLI signs in. */
function idleRemedy(observer: Observer, why: IdleReason): string {
  const { invocation, other } = thisProgram(observer);
  const perhaps = other === null ? '' : ` (${inertName(other)} may be that program)`;
  const login = `sign in with the Python CLI of Spec Kitty, another program: its command is \`auth login\`${perhaps}`;
  const exportBoth = `export SPEC_KITTY_ACCESS_TOKEN and SPEC_KITTY_TEAM_ID, then run \`${invocation} sync stop\` and \`${invocation} sync now\``;
  switch (why) {
    case 'not_signed_in':
    case 'no_server':
      return login;
    case 'no_token':
    case 'account_changed':
      return exportBoth;
    case 'no_team':
      return `${exportBoth}; if the credentials name no team, ${login}`;
    case 'server_refused':
      return 'correct the address of the server in credentials, SPEC_KITTY_SAAS_URL or config.toml';
    case 'opted_out':
      return 'none is needed; what config.toml says about this folder may be changed';
    case 'unreadable':
      return 'correct what the error names';
  }
}

async function describeQueue(machine: Machine, root: string, scope: QueueScope): Promise<SyncQueue> {
  const { queuePath: path } = scope;
  const idle = idlenessOf(machine.observer, scope);
  const nothing = { pending: null, oldest_at: null, set_aside: null, unreadable: null, next_step: null };
  const unknown = { path, idle, ...nothing };
  if (path === null) return unknown;
  const state = await queueState(machine, root, path);
  switch (state.kind) {
    case 'absent':
      return { ...unknown, pending: 0 };
    case 'unreadable':
      return { ...unknown, unreadable: state.why, next_step: queueRemedy(machine.observer, path, state) };
    case 'read': {
      const { pending, oldestTimestamp, setAside } = state;
      return { ...unknown, pending, oldest_at: timeOf(oldestTimestamp), set_aside: setAside };
    }
  }
}

/**
 * Converts the timestamp of an event to ISO 8601.
 * @param seconds Unix seconds, as written with the event
 * @returns null if the value is no time
 */
function timeOf(seconds: number | null): string | null {
  if (seconds === null || !Number.isFinite(seconds)) return null;
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

/** Reads the last drain as the daemon wrote it, only to show it; null if the file is absent or unreadable. */
function readLastDrain(observer: Observer, root: string): LastDrain | null {
  const file = observer.files.read(join(root, ROOT_FILES.lastDrain), MAX_LAST_DRAIN_BYTES);
  if (file.kind !== 'read') return null;
  try {
    return lastDrainFrom(objectOf(JSON.parse(file.text)));
  } catch {
    return null;
  }
}

/** Copies only the known fields of the last drain, so that no other content of the file is shown. */
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
 * The documents of `sync … --json`, described by `schemas/sync-report.schema.json`. They contain no secret.
 * @public the schema is made from it
 */
export type SyncReport =
  SyncStartReport | SyncStopReport | SyncStatusReport | SyncForgetReport | SyncLogsReport;

export interface SyncLogsReport {
  readonly schema_version: 1;
  readonly command: 'sync logs';
  /** The log of the sync daemons of this root. An older part of it may be in a file whose name has `.1` at its end. */
  readonly path: string;
  /** Its last lines, oldest first, as they were written: escape them before printing. Empty if there are none. */
  readonly lines: readonly string[];
}

export interface SyncForgetReport extends ForgetReport {
  readonly command: 'sync forget';
}

export interface SyncStartReport {
  readonly schema_version: 1;
  readonly command: 'sync now' | 'sync start';
  readonly outcome: StartupOutcome;
  /**
   * Whether the daemon accepted the request to drain. `not_asked`: there is no usable daemon, the command is
   * `sync start`, or the current folder has opted out.
   */
  readonly drain: 'requested' | 'refused' | 'not_asked';
  /**
   * Why a daemon of this version sends nothing if it is started from the current folder. Null if such a daemon sends
   * events, or if no daemon is usable.
   */
  readonly idle: SyncQueue['idle'];
}

export interface SyncStopReport {
  readonly schema_version: 1;
  readonly command: 'sync stop';
  /** The daemon that the state file of this root named before the command; null if there was no state file. */
  readonly daemon: ReportDaemon | null;
  /** The recorded daemon if the command stopped it, else null. */
  readonly stopped: SweptEntry | null;
  readonly failed: FailedEntry | null;
  /** Whether the user interrupted the command, by Ctrl-C. What was sent until then is in `stopped` or `failed`. */
  readonly interrupted: boolean;
}

export interface SyncStatusReport {
  readonly schema_version: 1;
  readonly command: 'sync status';
  /** The daemon that the state file of this root names; null if there is no state file. */
  readonly daemon: ReportDaemon | null;
  /**
   * How many further sync daemons of this user listen that are not proven to be in use, in this root or another.
   * `auth doctor` says what each is. Null if the listeners could not be read.
   */
  readonly other_daemons: number | null;
  readonly queue: SyncQueue;
  readonly last_drain: LastDrain | null;
}

/** The state of a queue file for `sync status`. An absent file is an empty queue. */
export type QueueState =
  | { readonly kind: 'absent' }
  | ({ readonly kind: 'unreadable' } & QueueFailure)
  | {
      readonly kind: 'read';
      /** Rows in the file, including those set aside. */
      readonly pending: number;
      /** Unix seconds, as written with the oldest event; null if no event has a numeric timestamp. */
      readonly oldestTimestamp: number | null;
      /** Counts of the last drain that read the whole queue. */
      readonly setAside: SetAsideCounts;
    };

/**
 * Counts the events in a queue file. Reads only and creates no file; waits at most five seconds for a lock. Never
 * rejects.
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

/** Returns the step that helps if the queue file could not be read. */
function queueRemedy(observer: Observer, path: string, { cause }: QueueFailure): string {
  switch (cause) {
    case 'no_queue':
      return `mv -- ${shellQuote(path)} ${shellQuote(`${path}.unusable`)}  # puts it aside; its events are not uploaded, and the next event starts a new file`;
    case 'locked':
      return `fuser -v ${shellQuote(path)}  # names the programs that have it open`;
    case 'not_permitted': {
      const found = explainPath(observer, path, 'write') ?? explainPath(observer, dirname(path), 'folder');
      return found ? remedyText(found.remedy) : NOT_PERMITTED;
    }
    case 'no_binding':
      return 'install spec-kitty again with its optional package libsql';
    case 'exhausted':
    case 'other':
      return 'repair what the error names, and run it again';
  }
}

const NOT_PERMITTED = 'let this user read and write the file and its folder';

import type { Machine } from '../machine/machine.js';
import type { QueueFailure, TransactionResult } from '../machine/sqlite.js';

/** A position in drain order: by `timestamp`, then by `id`, as SQLite compares them. */
export interface Position {
  readonly timestamp: bigint | number;
  readonly id: bigint;
}

/** A row as it was read. Another program may change the row at any time. */
export interface QueueRow extends Position {
  readonly eventId: Buffer;
  /** The event, normally JSON in UTF-8; null if it is too long to be uploaded and therefore was not read. */
  readonly data: Buffer | null;
}

/**
 * Reads the next rows in drain order: at most `limit` rows, and about as many bytes as an upload may carry. Text columns
 * are cast to BLOB, because libsql aborts the process on text that is not UTF-8. The query selects positions and lengths
 * first, so that SQLite reads only the data that is returned.
 */
export function nextRows(
  machine: Machine,
  queuePath: string,
  after: Position | null,
  limit: number,
): Promise<TransactionResult<readonly QueueRow[]>> {
  const { timestamp, id } = after ?? { timestamp: Number.NEGATIVE_INFINITY, id: 0n };
  return machine.actor.database(queuePath, 'read', ({ rows }) =>
    rows(NEXT_ROWS, timestamp, id, limit, MAX_DATA_BYTES, MAX_BODY_BYTES).map((found) => {
      const row = found as {
        timestamp: bigint | number;
        id: bigint;
        event_id: ArrayBuffer;
        data: ArrayBuffer | null;
      };
      return {
        timestamp: row.timestamp,
        id: row.id,
        eventId: Buffer.from(row.event_id),
        data: row.data && Buffer.from(row.data),
      };
    }),
  );
}

const NEXT_ROWS = `
  WITH next AS (
    SELECT id, timestamp, octet_length(data) AS length FROM queue
    WHERE typeof(timestamp) IN ('integer', 'real') AND (timestamp, id) > (?, ?)
    ORDER BY timestamp, id LIMIT ?
  ), measured AS (
    SELECT id, length, sum(length) OVER (ORDER BY timestamp, id) - length AS before FROM next
  )
  SELECT queue.timestamp, queue.id, CAST(event_id AS BLOB) AS event_id,
         CASE WHEN length <= ? THEN CAST(data AS BLOB) END AS data
  FROM measured JOIN queue USING (id) WHERE before < ? ORDER BY queue.timestamp, queue.id`;

/** What to do with a row that was sent: delete it, or add one to its `retry_count`. */
export interface Settlement {
  readonly row: QueueRow;
  readonly action: 'delete' | 'retry';
}

/**
 * Applies the server's answers to the rows, in one transaction. A row that another program changed or replaced since it
 * was read is left alone, because the answer is about the old content.
 * @returns the settlements that were not applied for this reason
 */
export function settleRows(
  machine: Machine,
  queuePath: string,
  settlements: readonly Settlement[],
): Promise<TransactionResult<readonly Settlement[]>> {
  if (settlements.length === 0) return Promise.resolve({ kind: 'done', value: [] });
  return machine.actor.database(queuePath, 'write', ({ change }) => {
    const actions = { delete: change(DELETE), retry: change(RETRY) };
    return settlements.filter(
      ({ row, action }) => row.data === null || actions[action](row.id, row.eventId, row.data) === 0,
    );
  });
}

const SAME_ROW = 'WHERE id = ? AND CAST(event_id AS BLOB) = ? AND CAST(data AS BLOB) = ?';
const DELETE = `DELETE FROM queue ${SAME_ROW}`;
const RETRY = `UPDATE queue SET retry_count = coalesce(retry_count, 0) + 1 ${SAME_ROW}`;

/** Limits of one upload; the bytes are counted before compression. */
export const MAX_EVENTS = 1000;
export const MAX_BODY_BYTES = 235_929;

/** Python writes non-ASCII characters as six-byte escapes that take at least two bytes in an upload: a factor of 3. */
const MAX_DATA_BYTES = 3 * MAX_BODY_BYTES;

/** Deadline of an upload, from connecting to the last byte of the answer. */
export const UPLOAD_DEADLINE_MS = 60_000;

/** Limits of the pause between two drains that made no progress. */
export const LONGEST_PAUSE_MS = 30_000;
export const SHORTEST_PAUSE_MS = 1000;

/** Everything that determines where the events of a queue go. Nothing is sent unless all of it is known. */
export interface ReadyScope {
  readonly kind: 'ready';
  readonly queuePath: string;
  /** Without a trailing slash; https, or http to this machine. */
  readonly server: string;
  readonly user: string;
  /** Determines the queue file, together with server and user. */
  readonly teamSlug: string;
  /** Id of the user's private team, which receives the events. */
  readonly team: string;
  /** Secret: used in the Authorization header only. */
  readonly token: string;
}

/** Why nothing may be sent. In doubt nothing is sent: a late event is harmless, an event sent to another team is a leak. */
export type IdleReason =
  | 'not_signed_in'
  | 'no_token'
  | 'no_team'
  | 'no_server'
  /** The token would be sent in clear, or the address is not a plain server address. */
  | 'server_refused'
  | 'opted_out'
  /** The account that is signed in is not the one whose token is in the environment. */
  | 'account_changed'
  /** `credentials` or `config.toml` exists and cannot be read, or has a value of the wrong type. */
  | 'unreadable';

export interface IdleScope {
  readonly kind: 'idle';
  readonly why: IdleReason;
  /** What to correct, as text; with file:line:column for an error in a file. Contains no secret. */
  readonly detail: string;
  /** The queue file whose events wait; null if unknown. */
  readonly queuePath: string | null;
}

export type QueueScope = ReadyScope | IdleScope;

/** Why an event stays in the queue and is skipped, so that it does not block the events after it. */
export type SetAsideReason =
  /** This one event exceeds the limits of an upload, or the server's limit. */
  | 'too_large'
  /** Not a JSON object, or its event id is not the row's. */
  | 'malformed'
  /** It names a team other than the team of this scope. */
  | 'other_team';

export type SetAsideCounts = Readonly<Record<SetAsideReason, number>>;

/** Whether a queue failure may end without the user. Any other failure needs a repair, and is no work for a daemon. */
export function isTransient({ cause }: QueueFailure): boolean {
  return cause === 'locked' || cause === 'exhausted';
}

/** The state of a queue file for `sync status`. An absent file is an empty queue. */
export type QueueState =
  | { readonly kind: 'absent' }
  | ({ readonly kind: 'unreadable' } & QueueFailure)
  | {
      readonly kind: 'read';
      /** Rows in the file, including those set aside. */
      readonly pending: number;
      /** Unix seconds, as written with the oldest event; null without a numeric timestamp. */
      readonly oldestTimestamp: number | null;
      /** Counts of the last drain that read the whole queue. */
      readonly setAside: SetAsideCounts;
    };

/** Counts of one drain. All but `requests` count events. */
export interface DrainCounts {
  readonly requests: number;
  /** Sent in a request; an event sent again in a halved batch counts twice. */
  readonly sent: number;
  /** Acknowledged by the server, and deleted. */
  readonly acknowledged: number;
  /** Queued or pending on the server: unchanged, sent again later. */
  readonly kept: number;
  /** Refused by the server: `retry_count` was increased by one. */
  readonly retried: number;
  /** Not named in the server's answer: unchanged. */
  readonly unanswered: number;
  /** Changed by another program after they were sent: the answer does not apply, so they are left alone. */
  readonly changed: number;
  /** Skipped, including those that an earlier drain set aside. */
  readonly setAside: SetAsideCounts;
}

/** Why a drain ended. */
export type DrainEnd =
  /** The end of the queue was reached. */
  | { readonly kind: 'drained' }
  | { readonly kind: 'idle'; readonly why: IdleReason; readonly detail: string }
  /** Queue file, server, user, team or token changed during the drain: nothing was sent with the new values. */
  | { readonly kind: 'scope_changed' }
  /** Stopped between two batches, because the daemon stops. */
  | { readonly kind: 'stopped' }
  /** The request in flight was aborted, because the daemon stops. Its events stay and will be sent again. */
  | { readonly kind: 'abandoned' }
  /** 401 or 403: these credentials are not used again. `credentials` is their digest (`credentialsOf`). */
  | { readonly kind: 'refused'; readonly status: 401 | 403; readonly credentials: string }
  /** No answer, or an answer that settles no event: the rows are unchanged. */
  | { readonly kind: 'upload_failed'; readonly why: string }
  /** The queue file could not be read or written: the rows are unchanged. */
  | ({ readonly kind: 'queue_failed' } & QueueFailure);

export const DRAIN_ENDS = [
  'drained',
  'idle',
  'scope_changed',
  'stopped',
  'abandoned',
  'refused',
  'upload_failed',
  'queue_failed',
] as const satisfies readonly DrainEnd['kind'][];

export interface DrainOutcome {
  readonly end: DrainEnd;
  readonly counts: DrainCounts;
  /** Why the list of events set aside could not be written, or null. Without the list the next drain builds a new one. */
  readonly setAsideUnwritten: string | null;
}

/** The last drain that sent a request or did not reach the end of the queue. The daemon writes it for `sync status`. */
export interface LastDrain {
  readonly at: string;
  readonly end: DrainEnd['kind'];
  /** Why the drain ended there, as text. Contains no secret. */
  readonly detail: string | null;
  readonly requests: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly set_aside: number;
}

import type { Machine } from '../machine/machine.js';
import type { QueueFailure, TransactionResult } from '../machine/sqlite.js';

/** A place in the order of draining: `timestamp`, then `id`, as SQLite compares them. */
export interface Position {
  readonly timestamp: bigint | number;
  readonly id: bigint;
}

/** A row as it was read. Writers may change it at any time. */
export interface QueueRow extends Position {
  readonly eventId: Buffer;
  /** The event as JSON, if its writer saw to that; null where it is too long to be read at all. */
  readonly data: Buffer | null;
}

/**
 * The next rows in the order of draining: at most `limit`, and not many more bytes than an upload may carry. Text is
 * read as bytes, because the binding ends the process over text that is not UTF-8. The places come first and alone, so
 * that no more data is read than is needed.
 */
export function nextRows(
  machine: Machine,
  queuePath: string,
  after: Position | null,
  limit: number,
): Promise<TransactionResult<readonly QueueRow[]>> {
  const { timestamp, id } = after ?? { timestamp: Number.NEGATIVE_INFINITY, id: 0n };
  return machine.actor.database(queuePath, 'read', ({ rows }) =>
    rows(NEXT_ROWS, timestamp, id, limit, LONGEST_DATA, MAX_BODY_BYTES).map((found) => {
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

/** What becomes of a row that was sent. */
export interface Settlement {
  readonly row: QueueRow;
  readonly action: 'delete' | 'retry';
}

/**
 * Writes down what the server said of rows, in one transaction. An answer is about what was sent: a row that a writer
 * changed or replaced meanwhile is another one, and left alone.
 * @returns those that were left alone for that
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

/** What one upload may carry at most; the bytes are those before compression. */
export const MAX_EVENTS = 1000;
export const MAX_BODY_BYTES = 235_929;

/** Python escapes what is not ASCII: six bytes for what may take two in an upload. More can never fit into one. */
const LONGEST_DATA = 3 * MAX_BODY_BYTES;

/** How long an upload may take, from connecting to the last byte of the answer. */
export const UPLOAD_DEADLINE_MS = 60_000;

/** Between two drains that came to nothing. */
export const LONGEST_PAUSE_MS = 30_000;
export const SHORTEST_PAUSE_MS = 1000;

/** The event queue: which file, whose, over which endpoint, and what a drain of it came to. */

/** Everything that says where an event of this queue goes. All of it belongs together, or nothing is sent. */
export interface ReadyScope {
  readonly kind: 'ready';
  readonly queuePath: string;
  /** Without a trailing slash; https, or http to this machine. */
  readonly server: string;
  readonly user: string;
  /** Names the queue file, with server and user. */
  readonly teamSlug: string;
  /** The user's private team id: where the server puts the events. */
  readonly team: string;
  /** A secret: for the Authorization header and nothing else. */
  readonly token: string;
}

/** Why nothing may be sent. Waiting makes an event late; sending it to the wrong place is a leak. */
export type IdleReason =
  | 'not_signed_in'
  | 'no_token'
  | 'no_team'
  | 'no_server'
  /** The token would cross a network in clear, or the address carries more than an address. */
  | 'server_refused'
  | 'opted_out'
  /** Another account is signed in than the one whose token the environment carries. */
  | 'account_changed'
  /** `credentials` or `config.toml` is there and does not say clearly what it should. */
  | 'unreadable';

export interface IdleScope {
  readonly kind: 'idle';
  readonly why: IdleReason;
  /** What to put right, in words, with file:line:column where a file is at fault. Carries no secret. */
  readonly detail: string;
  /** The queue whose events wait; null where not even that is known. */
  readonly queuePath: string | null;
}

export type QueueScope = ReadyScope | IdleScope;

/** Why an event stays in the queue and is passed over, so that the ones behind it are not held up. */
export type SetAsideReason =
  /** Alone it exceeds what one upload may carry, or what the server takes. */
  | 'too_large'
  /** Not JSON, no object, or not the event that its row says it is. */
  | 'malformed'
  /** It names a team that is not of this scope. */
  | 'other_team';

export type SetAsideCounts = Readonly<Record<SetAsideReason, number>>;

/** Whether waiting may end it. Everything else stays until somebody repairs it, and is no reason for a daemon to stay. */
export function isPassing({ cause }: QueueFailure): boolean {
  return cause === 'locked' || cause === 'exhausted';
}

/** What `sync status` says of a queue file. Absent means empty. */
export type QueueState =
  | { readonly kind: 'absent' }
  | ({ readonly kind: 'unreadable' } & QueueFailure)
  | {
      readonly kind: 'read';
      /** Rows in the file, those set aside among them. */
      readonly pending: number;
      /** Unix seconds, as the writer of the oldest event set them. */
      readonly oldestTimestamp: number | null;
      /** As the last drain that saw the whole queue counted them. */
      readonly setAside: SetAsideCounts;
    };

/** Events, each counted as often as it happened to it in this drain. */
export interface DrainCounts {
  /** Requests that were made. */
  readonly requests: number;
  /** Events that were in a request. */
  readonly sent: number;
  /** Confirmed by the server, and deleted. */
  readonly acknowledged: number;
  /** The server has them and is not done: untouched, asked about again later. */
  readonly kept: number;
  /** Refused by the server: one more in `retry_count`. */
  readonly retried: number;
  /** Sent, and not named in the answer: untouched. */
  readonly unanswered: number;
  /** Answered for, but changed by a writer meanwhile: untouched, because the answer is about what was. */
  readonly changed: number;
  /** Passed over, also those that an earlier drain had set aside. */
  readonly setAside: SetAsideCounts;
}

/** Why a drain ended. */
export type DrainEnd =
  /** It came to the end of the queue. */
  | { readonly kind: 'drained' }
  | { readonly kind: 'idle'; readonly why: IdleReason; readonly detail: string }
  /** Queue file, server, user, team or token became another while it ran: nothing was sent under the new one. */
  | { readonly kind: 'scope_changed' }
  /** Asked to stop, between two batches. */
  | { readonly kind: 'stopped' }
  /** The request in flight was given up at our own wish; its events stay and will be sent again. */
  | { readonly kind: 'abandoned' }
  /** 401 or 403: these credentials are not to be tried again. `credentials` names them without showing them. */
  | { readonly kind: 'refused'; readonly status: 401 | 403; readonly credentials: string }
  /** No answer, or none that settles anything: the rows are untouched. */
  | { readonly kind: 'upload_failed'; readonly why: string }
  /** The queue file could not be read, or an answer not written into it: the rows are untouched. */
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
  /** Why the list of events set aside could not be kept; they are only found out anew then. Null when it could. */
  readonly setAsideUnwritten: string | null;
}

/** The last drain that did or could not do something, as the daemon writes it down for `sync status`. */
export interface LastDrain {
  readonly at: string;
  readonly end: DrainEnd['kind'];
  /** Why it ended there, in words. Carries no secret. */
  readonly detail: string | null;
  readonly requests: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly set_aside: number;
}

import type { Machine } from '../machine/machine.js';
import type { TransactionResult } from '../machine/sqlite.js';

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
 * Reads the next rows in drain order: at most `limit` rows, and about as many bytes as an upload may carry. Text
 * columns are cast to BLOB, because libsql aborts the process on text that is not UTF-8. The query selects positions
 * and lengths first, so that SQLite reads only the data that is returned.
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

/** The change to a row that was sent: delete the row, or add one to its `retry_count`. */
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

/** Size limit of one upload, before compression. */
export const MAX_BODY_BYTES = 235_929;

/**
 * Size limit of the data in a row. It is three times the limit of an upload, because Python writes a non-ASCII
 * character as a six-byte escape, and the same character takes at least two bytes in an upload.
 */
const MAX_DATA_BYTES = 3 * MAX_BODY_BYTES;

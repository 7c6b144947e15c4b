import { inTransaction, type TransactionResult } from '../../system/sqlite/transaction.js';
import { MAX_BODY_BYTES } from './limits.js';

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

/** Python escapes what is not ASCII: six bytes for what may take two in an upload. More can never fit into one. */
const LONGEST_DATA = 3 * MAX_BODY_BYTES;

/**
 * The next rows in the order of draining: at most `limit`, and not many more bytes than an upload may carry. Text is
 * read as bytes, because the binding ends the process over text that is not UTF-8. The places come first and alone, so
 * that no more data is read than is needed.
 */
export function nextRows(
  queuePath: string,
  after: Position | null,
  limit: number,
): Promise<TransactionResult<readonly QueueRow[]>> {
  const { timestamp, id } = after ?? { timestamp: Number.NEGATIVE_INFINITY, id: 0n };
  return inTransaction(queuePath, 'look', ({ rows }) =>
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
  queuePath: string,
  settlements: readonly Settlement[],
): Promise<TransactionResult<readonly Settlement[]>> {
  if (settlements.length === 0) return Promise.resolve({ kind: 'done', value: [] });
  return inTransaction(queuePath, 'change', ({ change }) => {
    const actions = { delete: change(DELETE), retry: change(RETRY) };
    return settlements.filter(
      ({ row, action }) => row.data === null || actions[action](row.id, row.eventId, row.data) === 0,
    );
  });
}

const SAME_ROW = 'WHERE id = ? AND CAST(event_id AS BLOB) = ? AND CAST(data AS BLOB) = ?';
const DELETE = `DELETE FROM queue ${SAME_ROW}`;
const RETRY = `UPDATE queue SET retry_count = coalesce(retry_count, 0) + 1 ${SAME_ROW}`;

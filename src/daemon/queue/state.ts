import type { QueueState } from '../../model/queue.js';
import { inTransaction } from '../../system/sqlite/transaction.js';
import { readSetAsideCounts } from './set-aside.js';

/**
 * What waits in a queue file, for `sync status`. Reads only, and makes no file; waits for a locked one for at most five
 * seconds. Never rejects.
 */
export async function queueState(root: string, queuePath: string): Promise<QueueState> {
  const counted = await inTransaction(queuePath, 'look', ({ rows }) => {
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
    setAside: readSetAsideCounts(root, queuePath),
  };
}

const COUNT = `
  SELECT count(*) AS pending,
         min(timestamp) FILTER (WHERE typeof(timestamp) IN ('integer', 'real')) AS oldest
  FROM queue`;

import type { DatabaseAccess, Transaction, TransactionResult } from '../../../src/machine/sqlite.js';
import type { Upload, UploadAnswer } from '../../../src/machine/upload.js';
import type { Calls } from './task.js';

/** A row of the queue of events. */
interface Row {
  readonly id: bigint;
  readonly timestamp: bigint;
  readonly eventId: string;
  data: string;
  retries: number;
}

/** The queue file of a run, and its server. */
export interface Queue {
  readonly rows: Row[];
  /** How many events were ever added. */
  added: number;
  /** Content of every event that the server acknowledged, by id. */
  readonly acknowledged: Map<string, Set<string>>;
  /** How the server answers the next uploads; the last answer stays. */
  readonly answers: ServerAnswer[];
  isLocked: boolean;
  /** Called when the product deletes a row. */
  onDelete: (row: Row) => void;
}

export type ServerAnswer =
  'success' | 'queued' | 'refused' | 'too large' | 'unauthorised' | 'error' | 'silent' | 'half';

/** The text of an event, as a writer stores it. */
export function eventText(eventId: string, content: string): string {
  return JSON.stringify({ event_id: eventId, content });
}

export function addEvent(queue: Queue, content: string): void {
  const id = BigInt(queue.added++);
  const eventId = `event-${id}`;
  queue.rows.push({ id, timestamp: id, eventId, data: eventText(eventId, content), retries: 0 });
}

/** Runs a transaction on the queue. The statements are those of src/sync/queue.ts. */
export function databaseOf<T>(
  { world, async, isAlive }: Calls,
  queue: Queue,
  path: string,
  access: DatabaseAccess,
  work: (transaction: Transaction) => T,
): Promise<TransactionResult<T>> {
  return async<TransactionResult<T>>('database', access, (settle) => {
    const run = (): void => {
      if (queue.isLocked) settle({ kind: 'failed', why: `${path}: locked for 5000 ms`, cause: 'locked' });
      else if (world.isDiskFull && access === 'write')
        settle({ kind: 'failed', why: `${path}: its disk is full`, cause: 'exhausted' });
      else settle({ kind: 'done', value: work(transactionOn(queue)) });
    };
    world.later(queue.isLocked ? 5000 : 0, 'opens the queue', run, isAlive);
  });
}

function transactionOn(queue: Queue): Transaction {
  return {
    rows: (_sql, timestamp, id, limit) =>
      queue.rows
        .filter(
          (row) => row.timestamp > Number(timestamp) || (row.timestamp === timestamp && row.id > Number(id)),
        )
        .slice(0, Number(limit))
        .map(({ timestamp: at, id: rowId, eventId, data }) => ({
          timestamp: at,
          id: rowId,
          event_id: Buffer.from(eventId),
          data: Buffer.from(data),
        })),
    change: (sql) => {
      const isDelete = sql.startsWith('DELETE');
      return (id, eventId, data) => {
        const row = queue.rows.find(
          (each) =>
            each.id === id &&
            (!sql.includes('event_id') || each.eventId === String(eventId)) &&
            (!sql.includes('CAST(data AS BLOB) = ?') || each.data === String(data)),
        );
        if (!row) return 0;
        if (isDelete) {
          queue.onDelete(row);
          queue.rows.splice(queue.rows.indexOf(row), 1);
        } else {
          row.retries++;
        }
        return 1;
      };
    },
  };
}

/** Sends a batch to the server of the run. */
export function upload({ world, async, isAlive }: Calls, queue: Queue, given: Upload): Promise<UploadAnswer> {
  return async<UploadAnswer>(
    'upload',
    `${given.body.length} bytes`,
    (settle) => {
      const { abort, deadlineMs, body } = given;
      const abandon = (): void => {
        end({ kind: 'abandoned' });
      };
      const end = (answer: UploadAnswer): void => {
        abort.removeEventListener('abort', abandon);
        settle(answer);
      };
      abort.addEventListener('abort', abandon);
      const late = { kind: 'no_answer', why: `no complete answer within ${deadlineMs} ms` } as const;
      world.later(
        deadlineMs,
        'the deadline of an upload',
        () => {
          end(late);
        },
        isAlive,
      );
      const arrive = (): void => {
        const answer = (queue.answers.length > 1 ? queue.answers.shift() : queue.answers[0]) ?? 'success';
        const found = serverAnswer(queue, answer, body);
        if (found !== null)
          world.later(
            SERVER_MS,
            'the server answers',
            () => {
              end(found);
            },
            isAlive,
          );
      };
      world.later(SERVER_MS, 'an upload arrives', arrive);
    },
    (answer) => (answer.kind === 'answered' ? `${answer.status} ${answer.text}` : answer.kind),
  );
}

const SERVER_MS = 80;

const STATUS: Readonly<Partial<Record<ServerAnswer, number>>> = {
  'too large': 413,
  unauthorised: 401,
  error: 503,
};

function serverAnswer(queue: Queue, answer: ServerAnswer, body: string): UploadAnswer | null {
  if (answer === 'silent') return null;
  const status = STATUS[answer];
  if (status !== undefined) return { kind: 'answered', status, text: '' };
  const { events } = JSON.parse(body) as { events: readonly { event_id: string; content: string }[] };
  const results = events.flatMap(({ event_id: eventId, content }, index) => {
    if (answer === 'half' && index % 2 === 1) return [];
    const isTaken = answer === 'success' || answer === 'half';
    if (isTaken) {
      const known = queue.acknowledged.get(eventId) ?? new Set<string>();
      queue.acknowledged.set(eventId, known.add(content));
    }
    return [{ event_id: eventId, status: isTaken ? 'success' : answer }];
  });
  return { kind: 'answered', status: 200, text: JSON.stringify({ results }) };
}

import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { errorCode } from '../observe/system-error.js';

/** What a statement is given. Text goes as bytes wherever somebody else may have written it. */
type Parameter = bigint | number | string | Buffer;

/** A connection inside a transaction. */
export interface Transaction {
  /** Integers as bigint, reals as number, blobs as ArrayBuffer. Never select text of others: cast it to a blob. */
  readonly rows: (sql: string, ...parameters: readonly Parameter[]) => readonly unknown[];
  /** @returns what does it, as often as wanted, and says how many rows it changed */
  readonly change: (sql: string) => (...parameters: readonly Parameter[]) => number;
}

export type TransactionResult<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** There is no such file. None is made. */
  | { readonly kind: 'absent' }
  /** Nothing was changed. */
  | { readonly kind: 'failed'; readonly why: string };

/** Python writers wait as long for one another. */
const LONGEST_WAIT_MS = 5000;
const POLL_MS = 25;

type Access = 'look' | 'change';

/**
 * Does one piece of work in one transaction, on a connection of its own that is closed after: nothing stays open or
 * locked between two calls, whatever happens. The work is synchronous, so it holds the lock for its statements only.
 * Never waits inside SQLite, where the event loop would wait too: a file that somebody else has locked is tried again
 * on a timer, for at most five seconds.
 */
export async function inTransaction<T>(
  path: string,
  access: Access,
  work: (transaction: Transaction) => T,
): Promise<TransactionResult<T>> {
  const end = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    // Asked anew each time; should it vanish after, `mode=rw` makes no new one.
    if (!existsSync(path)) return { kind: 'absent' };
    try {
      return { kind: 'done', value: await attempt(path, access, work) };
    } catch (error) {
      const code = errorCode(error) || String(error);
      if (!code.startsWith('SQLITE_BUSY')) return { kind: 'failed', why: `${path}: ${code}` };
      if (performance.now() >= end)
        return { kind: 'failed', why: `${path}: locked for ${LONGEST_WAIT_MS} ms` };
    }
    await sleep(POLL_MS);
  }
}

async function attempt<T>(path: string, access: Access, work: (transaction: Transaction) => T): Promise<T> {
  const { default: Database } = await import('libsql');
  const database = new Database(`${pathToFileURL(path).href}?mode=rw`, { timeout: 0 });
  try {
    if (access === 'look') database.exec('PRAGMA query_only = 1');
    database.exec(access === 'look' ? 'BEGIN' : 'BEGIN IMMEDIATE');
    const value = work({
      // `all` runs a statement to its end. One that is left in the middle keeps its lock, even after `close`, until
      // it is collected as garbage.
      rows: (sql, ...parameters) =>
        database
          .prepare(sql)
          .safeIntegers()
          .all(...parameters),
      change(sql) {
        const statement = database.prepare(sql);
        return (...parameters) => statement.run(...parameters).changes;
      },
    });
    database.exec('COMMIT');
    return value;
  } catch (error) {
    // By itself `close` would leave the transaction, and its lock, to the garbage collection of its statements.
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  } finally {
    database.close();
  }
}

import type Libsql from 'libsql';
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { NOT_A_FILE } from '../model/evidence.js';
import { monotonicMs } from './runtime.js';
import { errorCode } from '../model/system-error.js';

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
  | ({ readonly kind: 'failed' } & QueueFailure);

/** Python writers wait as long for one another. */
const LONGEST_WAIT_MS = 5000;
const POLL_MS = 25;

const NO_BINDING = 'libsql cannot be loaded';

export type DatabaseAccess = 'read' | 'write';

/**
 * Does one piece of work in one transaction. The work is synchronous, so it holds its lock for its statements only, and
 * nothing is locked between two calls, whatever happens. Never waits inside SQLite, where the event loop would wait
 * too: a file that somebody else has locked is tried again on a timer, for at most five seconds. Never rejects.
 */
export async function inTransaction<T>(
  path: string,
  access: DatabaseAccess,
  work: (transaction: Transaction) => T,
): Promise<TransactionResult<T>> {
  const end = monotonicMs() + LONGEST_WAIT_MS;
  for (;;) {
    try {
      const connection = await connect(path);
      if (connection === null) return { kind: 'absent' };
      return { kind: 'done', value: attempt(connection, access, work) };
    } catch (error) {
      if (!errorCode(error).startsWith('SQLITE_BUSY')) return { kind: 'failed', ...failureOf(error, path) };
      if (monotonicMs() >= end)
        return { kind: 'failed', why: `${path}: locked for ${LONGEST_WAIT_MS} ms`, cause: 'locked' };
    }
    await sleep(POLL_MS);
  }
}

/** Text of a failure, and what kind of failure it is. */
function failureOf(error: unknown, path: string): QueueFailure {
  const code = errorCode(error);
  if (error instanceof NotAFile) return { why: `${path}: ${NOT_A_FILE}`, cause: 'no_queue' };
  // The binding gives no code to a file that it cannot open, but ends its message with SQLite's number for that.
  if (code === '' && String(error).includes(`: ${SQLITE_CANTOPEN}")`))
    return { why: `${path}: SQLITE_CANTOPEN`, cause: isPermitted(path) ? 'exhausted' : 'not_permitted' };
  const cause = CAUSES.find(([pattern]) => pattern.test(code))?.[1] ?? 'other';
  return { why: `${path}: ${code || String(error)}`, cause };
}

const SQLITE_CANTOPEN = 14;

/** SQLite's result codes (https://sqlite.org/rescode.html), and those of system calls made before it. */
const CAUSES: readonly (readonly [RegExp, QueueFailure['cause']])[] = [
  [/^SQLITE_(?:BUSY|LOCKED|PROTOCOL|SCHEMA)/, 'locked'],
  [/^SQLITE_(?:FULL|IOERR|NOMEM)/, 'exhausted'],
  [/^(?:ENOSPC|EDQUOT|EIO|EMFILE|ENFILE|ENOMEM|ESTALE|ETIMEDOUT)$/, 'exhausted'],
  [/^(?:SQLITE_(?:READONLY|PERM|AUTH)|EACCES$|EPERM$|EROFS$)/, 'not_permitted'],
  // SQLITE_ERROR: a database that has no such table or column.
  [/^SQLITE_(?:NOTADB|CORRUPT|ERROR|FORMAT)/, 'no_queue'],
  [new RegExp(`^Error: ${NO_BINDING}`), 'no_binding'],
];

/** The folder too: SQLite keeps its rollback journal beside the file. */
function isPermitted(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function attempt<T>(
  { database, prepare }: Connection,
  access: DatabaseAccess,
  work: (transaction: Transaction) => T,
): T {
  database.exec(`PRAGMA query_only = ${access === 'read' ? 1 : 0}`);
  database.exec(access === 'read' ? 'BEGIN' : 'BEGIN IMMEDIATE');
  try {
    const value = work({
      // `all` runs a statement to its end: one that is left in the middle keeps its lock.
      rows: (sql, ...parameters) => prepare(sql).all(...parameters),
      change: (sql) => {
        const statement = prepare(sql);
        return (...parameters) => statement.run(...parameters).changes;
      },
    });
    database.exec('COMMIT');
    return value;
  } catch (error) {
    // Some errors take everything back by themselves.
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/**
 * A connection, with no transaction open. There is one, and it is kept: the binding gives the file of a closed one back
 * only when its statements are collected as garbage, and a process at rest collects none.
 */
interface Connection {
  readonly file: string;
  readonly database: Libsql.Database;
  /** Each statement is prepared once. */
  readonly prepare: (sql: string) => Libsql.Statement;
}

let kept: Connection | null = null;

/** @returns null where there is no such file */
async function connect(path: string): Promise<Connection | null> {
  const status = statSync(path, { bigint: true, throwIfNoEntry: false });
  const file = `${status?.dev}:${status?.ino}:${path}`;
  if (kept?.file === file) return kept;
  kept?.database.close();
  kept = null;
  if (!status) return null;
  // To open a FIFO could wait for ever for its writer.
  if (!status.isFile()) throw new NotAFile();
  const Database = await loadBinding();
  // Should it vanish now, no new one is made.
  const database = new Database(`${pathToFileURL(path).href}?mode=rw`, { timeout: 0 });
  const statements = new Map<string, Libsql.Statement>();
  const prepare = (sql: string): Libsql.Statement => {
    const statement = statements.get(sql) ?? database.prepare(sql).safeIntegers();
    statements.set(sql, statement);
    return statement;
  };
  kept = { file, database, prepare };
  return kept;
}

class NotAFile extends Error {}

/** Optional, because it is there for the common platforms only: elsewhere daemons are still looked after. */
async function loadBinding(): Promise<typeof Libsql> {
  try {
    return (await import('libsql')).default;
  } catch (error) {
    throw new Error(`${NO_BINDING} (${errorCode(error)})`, { cause: error });
  }
}

/** Why a queue file could not be read, or not written. */
export interface QueueFailure {
  /** With the path. */
  readonly why: string;
  readonly cause:
    /** Another program has it locked. */
    | 'locked'
    /** A full disk, too many open files, no memory, a read or write error. */
    | 'exhausted'
    | 'not_permitted'
    /** No regular file, no database, a damaged one, or one without a queue. */
    | 'no_queue'
    /** The optional SQLite binding cannot be loaded. */
    | 'no_binding'
    | 'other';
}

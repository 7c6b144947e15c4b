import type Libsql from 'libsql';
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { NOT_A_FILE } from '../model/evidence.js';
import { monotonicMs } from './runtime.js';
import { errorCode } from '../model/system-error.js';
import { inertName } from '../text/terminal.js';

/** Parameter of a statement. Text that another program wrote is passed as bytes (`Buffer`). */
type Parameter = bigint | number | string | Buffer;

/** A connection inside a transaction. */
export interface Transaction {
  /**
   * Runs a query and returns its rows. Integers come as bigint, reals as number, blobs as ArrayBuffer. Cast text that
   * another program wrote to a blob, because the binding ends the process on text that is not UTF-8 (ADR 6).
   */
  readonly rows: (sql: string, ...parameters: readonly Parameter[]) => readonly unknown[];
  /**
   * Prepares a statement.
   * @returns a function that runs the statement and returns how many rows were changed
   */
  readonly change: (sql: string) => (...parameters: readonly Parameter[]) => number;
}

export type TransactionResult<T> =
  | { readonly kind: 'done'; readonly value: T }
  /** The file does not exist, and it is not created. */
  | { readonly kind: 'absent' }
  /** Nothing was changed. */
  | ({ readonly kind: 'failed' } & QueueFailure);

/** How long a locked file is tried again. Python's sqlite3 waits equally long for a lock. */
const LONGEST_WAIT_MS = 5000;
const POLL_MS = 25;

export type DatabaseAccess = 'read' | 'write';

/**
 * Runs `work` in one transaction. `work` is synchronous, so the lock is held only while its statements run. A locked
 * file is tried again on a timer for at most five seconds; waiting inside SQLite would block the event loop. Never
 * rejects.
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
      return { kind: 'done', value: runTransaction(connection, access, work) };
    } catch (error) {
      if (!errorCode(error).startsWith('SQLITE_BUSY')) return { kind: 'failed', ...failureOf(error, path) };
      if (monotonicMs() >= end)
        return {
          kind: 'failed',
          why: `${inertName(path)}: locked for ${LONGEST_WAIT_MS} ms`,
          cause: 'locked',
        };
    }
    await sleep(POLL_MS);
  }
}

/** Says in a sentence what is wrong with a queue file. The texts of SQLite and of its binding name no cause. */
function failureOf(error: unknown, path: string): QueueFailure {
  if (error instanceof NotAFile) return { why: `${inertName(path)}: ${NOT_A_FILE}`, cause: 'no_queue' };
  if (error instanceof NoBinding) return { why: `${inertName(path)}: ${error.message}`, cause: 'no_binding' };
  const code = codeOf(error);
  const [, cause, words] =
    code === 'SQLITE_CANTOPEN'
      ? isPermitted(path)
        ? NO_RESOURCES
        : NOT_PERMITTED
      : (FAILURES.find(([pattern]) => pattern.test(code)) ?? UNKNOWN_FAILURE);
  return { why: `${inertName(path)}: ${words} (${code})`, cause };
}

/** Returns the code of an error of the binding or the system; for an error without a code, the start of its text. */
function codeOf(error: unknown): string {
  const code = errorCode(error);
  if (code !== '' && code !== String(error)) return code;
  const text = String(error);
  // The binding sets no code for a file that it cannot open; its message contains SQLite's number for that error.
  if (text.includes(`: ${SQLITE_CANTOPEN}")`)) return 'SQLITE_CANTOPEN';
  return text.split('\n', 1)[0]?.slice(0, MAX_SHOWN_TEXT) ?? '';
}

const SQLITE_CANTOPEN = 14;
const MAX_SHOWN_TEXT = 200;

type Failure = readonly [pattern: RegExp, cause: QueueFailure['cause'], words: string];

const NOT_PERMITTED: Failure = [
  /^(?:SQLITE_(?:READONLY|PERM|AUTH)|EACCES$|EPERM$|EROFS$)/,
  'not_permitted',
  'this user may not read and write it and its folder',
];
const NO_RESOURCES: Failure = [
  /^(?:SQLITE_NOMEM|EMFILE$|ENFILE$|ENOMEM$)/,
  'exhausted',
  'the system has no memory or no open file left for it',
];
const UNKNOWN_FAILURE: Failure = [/^/, 'other', 'SQLite cannot use it'];

/**
 * Patterns of SQLite's result codes (https://sqlite.org/rescode.html) and of the system's error codes, with their
 * causes.
 */
const FAILURES: readonly Failure[] = [
  [/^SQLITE_(?:BUSY|LOCKED|PROTOCOL|SCHEMA)/, 'locked', 'another program has it locked'],
  [/^(?:SQLITE_FULL|ENOSPC$|EDQUOT$)/, 'exhausted', 'its disk is full'],
  NO_RESOURCES,
  [/^(?:SQLITE_IOERR|EIO$|ESTALE$|ETIMEDOUT$)/, 'exhausted', 'its disk cannot be read or written'],
  NOT_PERMITTED,
  [/^SQLITE_NOTADB/, 'no_queue', 'it is not an SQLite database'],
  [/^SQLITE_(?:CORRUPT|FORMAT)/, 'no_queue', 'the database is damaged'],
  // SQLITE_ERROR is the code for a database without the table or column of a statement.
  [/^SQLITE_ERROR/, 'no_queue', 'the database has no table of events'],
];

/**
 * Whether we may read and write the database. The folder is checked too, because SQLite writes its rollback journal
 * beside the file.
 */
function isPermitted(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    accessSync(dirname(path), constants.W_OK | constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function runTransaction<T>(
  { database, prepare }: Connection,
  access: DatabaseAccess,
  work: (transaction: Transaction) => T,
): T {
  database.exec(`PRAGMA query_only = ${access === 'read' ? 1 : 0}`);
  database.exec(access === 'read' ? 'BEGIN' : 'BEGIN IMMEDIATE');
  try {
    const value = work({
      // `all` runs a statement to its end. An unfinished statement would keep its lock.
      rows: (sql, ...parameters) => prepare(sql).all(...parameters),
      change: (sql) => {
        const statement = prepare(sql);
        return (...parameters) => statement.run(...parameters).changes;
      },
    });
    database.exec('COMMIT');
    return value;
  } catch (error) {
    // After some errors SQLite has already rolled back.
    if (database.inTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

/**
 * A connection without an open transaction. One connection is kept and reused (`cached`), because the binding releases
 * the file of a closed connection only at garbage collection, which is rare in an idle process.
 */
interface Connection {
  readonly file: string;
  readonly database: Libsql.Database;
  /** Prepares a statement, or returns the statement that was prepared from the same text before. */
  readonly prepare: (sql: string) => Libsql.Statement;
}

let cached: Connection | null = null;

/**
 * Opens a database, or returns the connection that is already open to the same file.
 * @returns null if the file does not exist
 */
async function connect(path: string): Promise<Connection | null> {
  const status = statSync(path, { bigint: true, throwIfNoEntry: false });
  const file = `${status?.dev}:${status?.ino}:${path}`;
  if (cached?.file === file) return cached;
  cached?.database.close();
  cached = null;
  if (!status) return null;
  // Opening a FIFO could wait for ever for its writer.
  if (!status.isFile()) throw new NotAFile();
  const Database = await loadBinding();
  // `mode=rw` creates no file if this one was deleted after `statSync`.
  const database = new Database(`${pathToFileURL(path).href}?mode=rw`, { timeout: 0 });
  const statements = new Map<string, Libsql.Statement>();
  const prepare = (sql: string): Libsql.Statement => {
    const statement = statements.get(sql) ?? database.prepare(sql).safeIntegers();
    statements.set(sql, statement);
    return statement;
  };
  cached = { file, database, prepare };
  return cached;
}

class NotAFile extends Error {}

class NoBinding extends Error {}

/**
 * Loads the SQLite binding libsql. It is an optional dependency with binaries for common platforms only. Without the
 * binding only the queue is unavailable.
 */
async function loadBinding(): Promise<typeof Libsql> {
  try {
    return (await import('libsql')).default;
  } catch (error) {
    throw new NoBinding(`the optional package libsql cannot be loaded (${errorCode(error)})`, {
      cause: error,
    });
  }
}

/** Why a queue file could not be read or written. */
export interface QueueFailure {
  /** Path and reason. */
  readonly why: string;
  readonly cause:
    /** Another program has locked the queue file. */
    | 'locked'
    /** A full disk, too many open files, no memory, a read or write error. */
    | 'exhausted'
    | 'not_permitted'
    /** The file is no regular file, no database, a damaged database, or a database without the queue table. */
    | 'no_queue'
    /** The optional SQLite binding cannot be loaded. */
    | 'no_binding'
    | 'other';
}

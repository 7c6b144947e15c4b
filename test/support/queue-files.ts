import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { python } from './requirements.js';

const WRITER = fileURLToPath(new URL('../fixtures/python/queue_writer.py', import.meta.url));

/** The schema that released programs create. */
const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS queue (
     id INTEGER PRIMARY KEY AUTOINCREMENT, event_id TEXT UNIQUE NOT NULL, event_type TEXT NOT NULL,
     data TEXT NOT NULL, timestamp INTEGER NOT NULL, retry_count INTEGER DEFAULT 0, coalesce_key TEXT)`,
  'CREATE INDEX IF NOT EXISTS idx_timestamp ON queue(timestamp)',
];

export interface QueuedEvent {
  readonly event_id: string;
  readonly [key: string]: unknown;
}

export function event(number: number, more: object = {}): QueuedEvent {
  return { event_id: `event-${number}`, event_type: 'WPStatusChanged', payload: { number }, ...more };
}

export function events(count: number, from = 0): QueuedEvent[] {
  return Array.from({ length: count }, (_, index) => event(from + index));
}

/** The default account of tests. */
export const USER = 'me@example.com';
export const TEAM_SLUG = 'acme';
export const ENVIRONMENT = { SPEC_KITTY_ACCESS_TOKEN: 'token-of-the-test', SPEC_KITTY_TEAM_ID: 'team-4711' };

/** A runtime root with an account, and a Python program that writes to the queue of that account. */
export class QueueRoot {
  readonly path: string;
  readonly #writers: ChildProcess[] = [];
  #writer: Writer | undefined;
  #queuePath = '';

  /** @param path the root; by default a new temporary folder */
  constructor(path = mkdtempSync(join(tmpdir(), 'spec-kitty-queue-'))) {
    this.path = path;
  }

  get queuePath(): string {
    return this.#queuePath;
  }

  signIn(server: string, user = USER, teamSlug = TEAM_SLUG): void {
    this.write(
      'credentials',
      `[user]\nusername = "${user}"\nteam_slug = "${teamSlug}"\n[server]\nurl = "${server}"\n`,
    );
    const scope = [server.replace(/\/+$/, ''), user, teamSlug].map((part) => part.trim().toLowerCase());
    const digest = createHash('sha256').update(scope.join('|')).digest('hex').slice(0, 16);
    this.#queuePath = join(this.path, 'queues', `queue-${digest}.db`);
  }

  write(name: string, text: string): void {
    const path = join(this.path, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }

  /** Starts another Python program on the current queue. */
  writer(): Writer {
    mkdirSync(dirname(this.#queuePath), { recursive: true });
    const child = spawn(python, [WRITER, this.#queuePath], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#writers.push(child);
    return new Writer(child);
  }

  async create(queued: readonly QueuedEvent[] = []): Promise<void> {
    await this.sql(...SCHEMA.map((statement) => [statement] as const));
    await this.append(queued);
  }

  /** Inserts events in one transaction, with timestamps a second apart. */
  async append(queued: readonly QueuedEvent[], timestamp = 1_700_000_000): Promise<void> {
    const insert = `INSERT OR REPLACE INTO queue (event_id, event_type, data, timestamp, coalesce_key)
                    VALUES (?, ?, ?, ?, NULL)`;
    await this.sql(
      ...queued.map(
        (one, index) =>
          [insert, one.event_id, 'WPStatusChanged', JSON.stringify(one), timestamp + index] as const,
      ),
    );
  }

  /** The rows of the queue in the order of draining. */
  async waiting(): Promise<readonly { eventId: string; data: string; retryCount: number }[]> {
    const rows = await this.sql(['SELECT event_id, data, retry_count FROM queue ORDER BY timestamp, id']);
    return rows.map(([eventId, data, retryCount]) => ({
      eventId: String(eventId),
      data: String(data),
      retryCount: Number(retryCount),
    }));
  }

  async waitingIds(): Promise<readonly string[]> {
    return (await this.waiting()).map(({ eventId }) => eventId);
  }

  /** Runs statements with their parameters in one transaction. @returns the rows of the last one */
  async sql(...work: readonly Statement[]): Promise<readonly (readonly unknown[])[]> {
    this.#writer ??= this.writer();
    return this.#writer.sql(...work);
  }

  async close(): Promise<void> {
    await Promise.all(
      this.#writers.map(
        (writer) =>
          new Promise((resolve) => {
            if (writer.exitCode !== null || writer.signalCode !== null) resolve(null);
            writer.once('exit', resolve).kill('SIGKILL');
          }),
      ),
    );
    rmSync(this.path, { recursive: true, force: true });
  }
}

type Statement = readonly [sql: string, ...parameters: readonly (string | number | null)[]];

export class Writer {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(child: ChildProcess) {
    this.#child = child;
    if (!child.stdout) throw new Error('the stdout of the writer is not piped');
    const lines: Interface = createInterface({ input: child.stdout });
    this.#lines = lines[Symbol.asyncIterator]();
  }

  async sql(...work: readonly Statement[]): Promise<readonly (readonly unknown[])[]> {
    if (work.length === 0) return [];
    return this.#ask(work.map(([statement, ...parameters]) => [statement, parameters]));
  }

  /** Locks the queue exclusively for this long. Resolves when the lock is taken. */
  async hold(seconds: number): Promise<void> {
    await this.#ask(['hold', seconds, 'BEGIN EXCLUSIVE']);
  }

  /** Has a read transaction open for this long: others can read and not write. Resolves when it has begun. */
  async read(seconds: number): Promise<void> {
    await this.#ask(['hold', seconds, 'BEGIN', 'SELECT event_id FROM queue']);
  }

  async #ask(work: readonly unknown[]): Promise<readonly (readonly unknown[])[]> {
    this.#child.stdin?.write(`${JSON.stringify(work)}\n`);
    const answer = await this.#lines.next();
    if (answer.done) throw new Error(`the writer exited while running ${JSON.stringify(work).slice(0, 200)}`);
    return JSON.parse(answer.value) as readonly (readonly unknown[])[];
  }
}

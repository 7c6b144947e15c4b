import { closeSync, openSync, read as readFile, readFileSync } from 'node:fs';
import { type Reading, read, unread } from '../../model/evidence.js';
import { errorCode } from './system-error.js';

/** The text of `/proc/net/tcp`, and of `/proc/net/tcp6`. */
export type TcpTables = Promise<Reading<readonly string[]>>;

/**
 * Reads the kernel's TCP tables of our network namespace. It takes the kernel milliseconds to print them, on threads
 * of its own: what the caller does meanwhile costs no time. Never rejects.
 */
export async function readTcpTables(): TcpTables {
  try {
    if (hasNoSockets()) return read([]);
    return read(await Promise.all([readTable('/proc/net/tcp'), readIpv6Table()]));
  } catch (error) {
    return unread(`cannot read the kernel's TCP tables (${errorCode(error)})`);
  }
}

/**
 * Whether the kernel counts no TCP socket at all in our network namespace: then it walks its tables for nothing. Both
 * counts have to say so, since an IPv6 socket can be counted with the others.
 */
function hasNoSockets(): boolean {
  try {
    return (
      /^TCP: inuse 0 /m.test(readFileSync('/proc/net/sockstat', 'utf8')) &&
      /^TCP6: inuse 0$/m.test(readFileSync('/proc/net/sockstat6', 'utf8'))
    );
  } catch {
    // Not every kernel tells: the tables do.
    return false;
  }
}

/** A kernel without IPv6 has no such table, and then no such sockets. */
async function readIpv6Table(): Promise<string> {
  try {
    return await readTable('/proc/net/tcp6');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}

/** The least that the kernel prints at a time where there is more (a page), and more than any row takes. */
const PAGE = 4096;
const LONGEST_ROW = 512;

/**
 * Each read makes the kernel walk its table, to the end where little is listed, also the read that finds nothing more.
 * That one is spared where the read before it left room for another row: the kernel fills a page while it has rows.
 * @throws what `open(2)` and `read(2)` fail with
 */
async function readTable(path: string): Promise<string> {
  const file = openSync(path, 'r');
  try {
    const pages: Buffer[] = [];
    for (;;) {
      const page = await readPage(file);
      pages.push(page);
      if (page.length < PAGE - LONGEST_ROW) return Buffer.concat(pages).toString('latin1');
    }
  } finally {
    closeSync(file);
  }
}

/** Not by `node:fs/promises`, which brings streams and readline along. */
function readPage(file: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    readFile(file, Buffer.allocUnsafe(PAGE), 0, PAGE, null, (error, length, page) => {
      if (error) reject(error);
      else resolve(page.subarray(0, length));
    });
  });
}

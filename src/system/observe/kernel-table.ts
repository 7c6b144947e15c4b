import { close, open, read } from 'node:fs';
import { promisify } from 'node:util';

/** Not those of `node:fs/promises`, which bring streams and readline along. */
const openFile = promisify(open);
const readFrom = promisify(read);
const closeFile = promisify(close);

/** The least that the kernel prints at a time where there is more (a page), and more than any row takes. */
const PAGE = 4096;
const LONGEST_ROW = 512;

/**
 * Reads a table that the kernel prints row by row, such as `/proc/net/tcp`.
 * Each read makes the kernel walk its table, to the end where little is listed, also the read that finds nothing more.
 * That one is spared where the read before it left room for another row: the kernel fills a page while it has rows.
 * @throws what `open(2)` and `read(2)` fail with
 */
export async function readKernelTable(path: string): Promise<string> {
  const file = await openFile(path, 'r');
  try {
    const pages: Buffer[] = [];
    for (;;) {
      const { buffer, bytesRead } = await readFrom(file, Buffer.allocUnsafe(PAGE), 0, PAGE, null);
      pages.push(buffer.subarray(0, bytesRead));
      if (bytesRead < PAGE - LONGEST_ROW) return Buffer.concat(pages).toString('latin1');
    }
  } finally {
    await closeFile(file);
  }
}

import type { KernelSocket } from '../../model/evidence.js';
import { err, ok, type Result } from '../../model/result.js';
import { libSystem } from './libsystem.js';
import { decodeTcpList, LIST_CHANGED } from './tcp-list.js';

const FIRST_LENGTH = 256 * 1024;
const LONGEST = 64 * 1024 * 1024;
/** A read takes a millisecond, and a busy machine opens many connections in one. */
const MOST_READS = 20;

/** Lists the listening TCP sockets of this machine whose port passes `wanted`, from a list that did not change meanwhile. */
export function listListeningSockets(wanted: (port: number) => boolean): Result<readonly KernelSocket[]> {
  const library = libSystem();
  if (!library.ok) return library;
  let length = FIRST_LENGTH;
  for (let reads = 0; reads < MOST_READS; reads++) {
    const buffer = Buffer.alloc(length);
    const filled = library.value.sysctlByName('net.inet.tcp.pcblist_n', buffer);
    if (filled === 'ENOMEM' && length < LONGEST) {
      length *= 4;
      continue;
    }
    if (typeof filled === 'string') return err(`the list of TCP sockets cannot be read (${filled})`);
    const list = decodeTcpList(buffer.subarray(0, filled), wanted);
    if (!list.ok) return list;
    if (list.value !== LIST_CHANGED) return ok(list.value);
  }
  return err(`the list of TCP sockets changed during each of ${MOST_READS} reads`);
}

import { once } from 'node:events';
import { createServer } from 'node:net';
import { type Reading, read, unread } from '../../model/evidence.js';
import { errorCode } from './system-error.js';

/** A listener of our own, which any honest list of listeners must show. */
export interface Canary {
  readonly address: string;
  readonly port: number;
  close(): void;
}

/** Opens one on a free port of the loopback address. It serves nobody. */
export async function openCanary(): Promise<Reading<Canary>> {
  const server = createServer((connection) => connection.destroy());
  try {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  } catch (error) {
    return unread(`cannot open a listener of our own to check the answer by (${errorCode(error)})`);
  }
  const bound = server.address();
  if (typeof bound !== 'object' || bound === null) return unread('our own listener has no port');
  return read({ address: bound.address, port: bound.port, close: () => server.close() });
}
